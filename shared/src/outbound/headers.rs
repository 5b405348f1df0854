//! Headers that a tenant chose, checked before they are stored.

use std::collections::BTreeMap;

use http::header::{HeaderName, HeaderValue};

use super::request::is_reserved;
use crate::error::FieldError;

pub const CHOSEN_HEADERS_MAX: usize = 20;

/// All names and values of the headers together.
pub const CHOSEN_HEADERS_BYTES_MAX: usize = 4096;

/// So much is shown of the name of a header that is wrong: it may be anything.
const SHOWN_CHARS_MAX: usize = 64;

/// Everything that is wrong with the headers, by pointers below `base`. Those that `is_ours` cannot be chosen either.
pub fn field_errors(
    headers: &BTreeMap<String, String>,
    base: &str,
    is_ours: fn(&HeaderName) -> bool,
) -> Vec<FieldError> {
    let bytes: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    if headers.len() > CHOSEN_HEADERS_MAX || bytes > CHOSEN_HEADERS_BYTES_MAX {
        let detail = format!(
            "must be at most {CHOSEN_HEADERS_MAX} headers of {CHOSEN_HEADERS_BYTES_MAX} bytes together"
        );
        return vec![FieldError::new(base, detail)];
    }
    let mut errors = Vec::new();
    for (name, value) in headers {
        if let Err(detail) = parse_one(name, value, is_ours) {
            let name: String = name.chars().take(SHOWN_CHARS_MAX).collect();
            errors.push(FieldError::new(format!("{base}/{}", FieldError::pointer_part(&name)), detail));
        }
    }
    errors
}

/// Returns the headers that can be sent; all, once they are validated.
pub fn parse(
    headers: &BTreeMap<String, String>,
    is_ours: fn(&HeaderName) -> bool,
) -> impl Iterator<Item = (HeaderName, HeaderValue)> + '_ {
    headers.iter().filter_map(move |(name, value)| parse_one(name, value, is_ours).ok())
}

fn parse_one(
    name: &str,
    value: &str,
    is_ours: fn(&HeaderName) -> bool,
) -> Result<(HeaderName, HeaderValue), &'static str> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "is not the name of a header")?;
    if is_reserved(&name) || is_ours(&name) {
        return Err("is a header that cannot be set");
    }
    let value = HeaderValue::from_str(value).map_err(|_| "must be visible ASCII characters")?;
    Ok((name, value))
}
