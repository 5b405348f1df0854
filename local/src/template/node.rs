//! A value of the template and the line it starts on. Every scalar is text until a property asks for more.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::error::{Result, TemplateError};

#[derive(Clone, Debug)]
pub struct Node {
    pub line: usize,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub enum Value {
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub line: usize,
    pub key: String,
    pub value: Node,
}

impl Node {
    pub fn text(&self) -> Result<&str> {
        match &self.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.unexpected("text")),
        }
    }

    pub fn items(&self) -> Result<&[Node]> {
        match &self.value {
            Value::List(items) => Ok(items),
            _ => Err(self.unexpected("a list")),
        }
    }

    pub fn entries(&self) -> Result<&[Entry]> {
        match &self.value {
            Value::Map(entries) => Ok(entries),
            _ => Err(self.unexpected("keys with values")),
        }
    }

    /// One text or a list of texts: CloudFormation often takes either.
    pub fn texts(&self) -> Result<Vec<String>> {
        match &self.value {
            Value::List(items) => items.iter().map(|item| item.text().map(str::to_owned)).collect(),
            _ => Ok(vec![self.text()?.to_owned()]),
        }
    }

    pub fn number(&self, range: RangeInclusive<u32>) -> Result<u32> {
        let number =
            self.text().ok().and_then(|text| text.parse().ok()).filter(|number| range.contains(number));
        number.ok_or_else(|| {
            self.unexpected(&format!("a whole number from {} to {}", range.start(), range.end()))
        })
    }

    /// A number, or -1 for none.
    pub fn limit(&self, range: RangeInclusive<u32>) -> Result<Option<u32>> {
        if self.text().is_ok_and(|text| text == "-1") { Ok(None) } else { self.number(range).map(Some) }
    }

    pub fn seconds(&self, range: RangeInclusive<u32>) -> Result<Duration> {
        self.number(range).map(|seconds| Duration::from_secs(u64::from(seconds)))
    }

    pub fn boolean(&self) -> Result<bool> {
        match self.text() {
            Ok("true") => Ok(true),
            Ok("false") => Ok(false),
            _ => Err(self.unexpected("true or false")),
        }
    }

    /// The error of this value when `expected` was needed.
    pub fn unexpected(&self, expected: &str) -> TemplateError {
        let found = match &self.value {
            Value::Text(text) => format!("{text:?}"),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "keys with values".to_owned(),
        };
        TemplateError::at(self.line, format!("expected {expected}, found {found}"))
    }
}
