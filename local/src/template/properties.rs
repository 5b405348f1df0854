//! Properties that are taken one by one. Those left at the end are understood by nobody.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::error::{Result, TemplateError};
use super::node::{Entry, Node, Value};

#[must_use = "`finish` reports what was not understood"]
#[derive(Debug)]
pub struct Properties {
    /// The owner of these properties, for messages: `AWS::SQS::Queue`, `RedrivePolicy`.
    of: String,
    line: usize,
    entries: Vec<Entry>,
}

impl Properties {
    pub fn of(node: Node, of: impl Into<String>) -> Result<Self> {
        match node.value {
            Value::Map(entries) => Ok(Self { of: of.into(), line: node.line, entries }),
            _ => Err(node.unexpected("keys with values")),
        }
    }

    pub fn line(&self) -> usize {
        self.line
    }

    pub fn take(&mut self, key: &str) -> Option<Node> {
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(at).value)
    }

    pub fn required(&mut self, key: &str) -> Result<Node> {
        self.take(key).ok_or_else(|| TemplateError::at(self.line, format!("{} needs {key}", self.of)))
    }

    pub fn text(&mut self, key: &str) -> Result<Option<String>> {
        self.take(key).map(|node| node.text().map(str::to_owned)).transpose()
    }

    pub fn required_text(&mut self, key: &str) -> Result<String> {
        self.required(key)?.text().map(str::to_owned)
    }

    /// No texts if the property is absent.
    pub fn texts(&mut self, key: &str) -> Result<Vec<String>> {
        self.take(key).map_or(Ok(Vec::new()), |node| node.texts())
    }

    /// No items if the property is absent.
    pub fn items(&mut self, key: &str) -> Result<Vec<Node>> {
        self.take(key).map_or(Ok(Vec::new()), |node| node.items().map(<[Node]>::to_vec))
    }

    pub fn number(&mut self, key: &str, default: u32, range: RangeInclusive<u32>) -> Result<u32> {
        self.take(key).map_or(Ok(default), |node| node.number(range))
    }

    pub fn seconds(&mut self, key: &str, default: u32, range: RangeInclusive<u32>) -> Result<Duration> {
        self.number(key, default, range).map(|seconds| Duration::from_secs(u64::from(seconds)))
    }

    pub fn boolean(&mut self, key: &str, default: bool) -> Result<bool> {
        self.take(key).map_or(Ok(default), |node| node.boolean())
    }

    pub fn nested(&mut self, key: &str, of: &str) -> Result<Option<Properties>> {
        self.take(key).map(|node| Properties::of(node, of)).transpose()
    }

    /// Takes a property of which the local stack understands one value alone.
    pub fn only(&mut self, key: &str, understood: &str) -> Result<()> {
        match self.take(key) {
            Some(node) if node.text().ok() != Some(understood) => Err(node
                .unexpected(&format!("{key} {understood}, which is all that the local stack understands"))),
            _ => Ok(()),
        }
    }

    /// Refuses the first property that nobody took.
    pub fn finish(self) -> Result<()> {
        match self.entries.first() {
            None => Ok(()),
            Some(entry) => Err(TemplateError::at(
                entry.line,
                format!("{} is not a property of {} that the local stack understands", entry.key, self.of),
            )),
        }
    }
}
