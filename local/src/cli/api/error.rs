//! The errors between the demo and the API, each as one line.

use std::fmt;

use http::StatusCode;
use serde::Deserialize;

use crate::cli::client::NoAnswer;

/// No more than this of an answer that is no problem document is shown.
const EXCERPT_CHARS_MAX: usize = 200;

#[derive(Debug)]
pub enum ApiError {
    NotARequest { doing: &'static str, source: http::Error },
    NoAnswer { doing: &'static str, source: NoAnswer },
    Refused { doing: &'static str, status: StatusCode, why: String },
    Unreadable { doing: &'static str, source: serde_json::Error },
}

/// RFC 9457, as the API answers it.
#[derive(Deserialize)]
struct Problem {
    title: String,
    detail: Option<String>,
    #[serde(default)]
    errors: Vec<FieldProblem>,
}

#[derive(Deserialize)]
struct FieldProblem {
    pointer: String,
    detail: String,
}

impl ApiError {
    /// Whether the call may be made again after a while.
    pub fn is_rate_limit(&self) -> bool {
        matches!(self, Self::Refused { status: StatusCode::TOO_MANY_REQUESTS, .. })
    }

    pub fn refused(doing: &'static str, status: StatusCode, body: &[u8]) -> Self {
        Self::Refused { doing, status, why: why(body) }
    }
}

/// From a problem document, from S3's XML, or the beginning of whatever it is.
fn why(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    if let Ok(problem) = serde_json::from_str::<Problem>(&text) {
        let fields = problem.errors.iter().map(|field| format!("{} {}", field.pointer, field.detail));
        let details: Vec<String> = problem.detail.into_iter().chain(fields).collect();
        return printable(&format!("{}: {}", problem.title, details.join("; ")));
    }
    match (element(&text, "Code"), element(&text, "Message")) {
        (Some(code), Some(message)) => printable(&format!("{code}: {message}")),
        _ => printable(&text.chars().take(EXCERPT_CHARS_MAX).collect::<String>()),
    }
}

fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>"))?.0)
}

/// One line, and nothing in it steers the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotARequest { doing, source } => write!(f, "{doing}: {source}"),
            Self::NoAnswer { doing, source } => write!(f, "{doing}: {source}"),
            Self::Refused { doing, status, why } => write!(f, "{doing}: {} {why}", status.as_u16()),
            Self::Unreadable { doing, source } => {
                write!(f, "{doing}: an answer that makes no sense: {source}")
            }
        }
    }
}

impl std::error::Error for ApiError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotARequest { source, .. } => Some(source),
            Self::NoAnswer { source, .. } => Some(source),
            Self::Refused { .. } => None,
            Self::Unreadable { source, .. } => Some(source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(status: u16, body: &str) -> String {
        let status = StatusCode::from_u16(status).unwrap();
        ApiError::refused("announcing the upload", status, body.as_bytes()).to_string()
    }

    #[test]
    fn a_problem_document_is_shown_with_every_field() {
        let body = r#"{"type":"x","title":"Invalid fields","status":422,"code":"invalid","errors":[
            {"pointer":"/filename","detail":"is too long"},{"pointer":"/size_bytes","detail":"must be at least 1"}]}"#;
        let expected = "announcing the upload: 422 Invalid fields: /filename is too long; \
                        /size_bytes must be at least 1";
        assert_eq!(shown(422, body), expected);
    }

    #[test]
    fn a_problem_without_fields_shows_its_detail() {
        let body = r#"{"title":"Not authenticated","detail":"the API key is not known"}"#;
        let expected = "announcing the upload: 401 Not authenticated: the API key is not known";
        assert_eq!(shown(401, body), expected);
    }

    #[test]
    fn s3_says_code_and_message() {
        let body =
            "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code><Message>Expired</Message></Error>";
        assert_eq!(shown(403, body), "announcing the upload: 403 AccessDenied: Expired");
    }

    #[test]
    fn anything_else_is_shown_in_part_on_one_line() {
        let body = format!("<html>\n\x1b[2J{}", "x".repeat(1000));
        let shown = shown(502, &body);
        assert!(shown.starts_with("announcing the upload: 502 <html>  [2Jxxx"), "{shown}");
        assert!(shown.len() < 300);
    }
}
