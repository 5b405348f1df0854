//! The error of a template, in one line that names the place.

use std::fmt;
use std::path::PathBuf;

pub type Result<T> = std::result::Result<T, TemplateError>;

#[derive(Debug)]
pub enum TemplateError {
    Unreadable {
        file: PathBuf,
        source: std::io::Error,
    },
    /// `line` counts from 1.
    Wrong {
        file: String,
        line: usize,
        message: String,
    },
}

impl TemplateError {
    pub(super) fn at(line: usize, message: impl Into<String>) -> Self {
        Self::Wrong { file: "template.yaml".to_owned(), line, message: message.into() }
    }

    pub(super) fn in_file(self, name: &str) -> Self {
        match self {
            Self::Wrong { line, message, .. } => Self::Wrong { file: name.to_owned(), line, message },
            unreadable @ Self::Unreadable { .. } => unreadable,
        }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { file, source } => write!(f, "reading {}: {source}", file.display()),
            Self::Wrong { file, line, message } => write!(f, "{file}:{line}: {message}"),
        }
    }
}

impl std::error::Error for TemplateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { source, .. } => Some(source),
            Self::Wrong { .. } => None,
        }
    }
}
