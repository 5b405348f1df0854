use std::fmt;

use serde::de::{Error, Expected, Unexpected};
use shared::error::FieldError;

use super::closest;

/// The kind of the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The value there is of another type, or out of its bounds.
    Wrong,
    /// There is no such field.
    Unknown,
    /// There is nothing where something must be.
    Missing,
}

/// Why a value is refused, and where below the value that was being read.
#[derive(Debug)]
pub struct Refusal {
    pub fault: Fault,
    /// Names and indices from the inside out.
    path: Vec<String>,
    detail: String,
    suggestion: Option<String>,
}

impl Refusal {
    pub fn new(detail: impl Into<String>) -> Self {
        Self { fault: Fault::Wrong, path: Vec::new(), detail: detail.into(), suggestion: None }
    }

    pub fn below(mut self, name: impl Into<String>) -> Self {
        self.path.push(name.into());
        self
    }

    /// Names and indices from the outside in.
    pub fn place(&self) -> Vec<String> {
        self.path.iter().rev().cloned().collect()
    }

    pub fn error(&self) -> FieldError {
        let pointer = self.path.iter().rev().map(|name| format!("/{}", FieldError::pointer_part(name)));
        let error = FieldError::new(pointer.collect::<String>(), self.detail.clone());
        FieldError { suggestion: self.suggestion.clone(), ..error }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Refusal {}

impl Error for Refusal {
    fn custom<T: fmt::Display>(detail: T) -> Self {
        Self::new(detail.to_string())
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("must be {expected}, and is {unexpected}"))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("must be {expected}, and is {unexpected}"))
    }

    fn missing_field(field: &'static str) -> Self {
        Self { fault: Fault::Missing, ..Self::new("is missing").below(field) }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let suggestion = closest(field, expected.iter().copied());
        let detail = format!("is not known here; {}", listed(expected));
        Self { fault: Fault::Unknown, suggestion, ..Self::new(detail).below(field) }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let suggestion = closest(variant, expected.iter().copied());
        Self { suggestion, ..Self::new(format!("must be one of {}", expected.join(", "))) }
    }
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() {
        "there are no fields".to_owned()
    } else {
        format!("there are {}", names.join(", "))
    }
}
