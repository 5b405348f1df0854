//! A parameter, its name, and the bounds that AWS sets.

use serde::{Deserialize, Serialize};
use shared::clock::Timestamp;

use super::rejection::Rejection;

/// With the ARN around it a name may have 2048 characters; so many are left for the name itself.
const NAME_CHARS_MAX: usize = 1011;
const HIERARCHY_LEVELS_MAX: usize = 15;
/// Size limit of a standard parameter.
const VALUE_BYTES_MAX: usize = 4096;
/// The oldest version makes room for the next.
pub const VERSIONS_MAX: i64 = 100;
/// AWS keeps these for itself, in any case of letters.
const RESERVED_PREFIXES: [&str; 2] = ["aws", "ssm"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    String,
    StringList,
    SecureString,
}

/// One version of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    pub kind: Kind,
    /// Decrypted.
    pub value: String,
    pub version: i64,
    pub modified_at: Timestamp,
}

impl Kind {
    /// As it is stored and as the protocol has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::StringList => "StringList",
            Self::SecureString => "SecureString",
        }
    }

    pub fn of(name: &str) -> Option<Self> {
        [Self::String, Self::StringList, Self::SecureString].into_iter().find(|kind| kind.name() == name)
    }
}

/// Returns the part of an ARN after the account.
pub fn resource(name: &str) -> String {
    let separator = if name.starts_with('/') { "" } else { "/" };
    format!("parameter{separator}{name}")
}

/// A parameter as a caller names it: by name or ARN, and perhaps one version of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Selected<'a> {
    pub name: &'a str,
    pub version: Option<i64>,
    /// Such as `:3`; as it was asked for.
    pub selector: Option<&'a str>,
}

/// Reads `name`, `name:version` or the ARN of either.
pub fn select(asked: &str) -> Result<Selected<'_>, Rejection> {
    let name = name_in(asked);
    let Some(colon) = name.find(':') else {
        return Ok(Selected { name, version: None, selector: None });
    };
    let (name, selector) = name.split_at(colon);
    let version = selector[1..].parse().map_err(|_| {
        Rejection::Validation(format!("Labels are not emulated, and {selector} is no version."))
    })?;
    Ok(Selected { name, version: Some(version), selector: Some(selector) })
}

/// The name in an ARN. Where the first part of a hierarchy is all that there is, its slash is gone for good: AWS looks
/// for the name without it, and so does this.
fn name_in(asked: &str) -> &str {
    let resource = asked.strip_prefix("arn:").and_then(|arn| arn.splitn(5, ':').nth(4));
    let name = resource.and_then(|resource| resource.strip_prefix("parameter"));
    match name.and_then(|name| name.strip_prefix('/').map(|bare| (name, bare))) {
        Some((name, bare)) => {
            if bare.contains('/') {
                name
            } else {
                bare
            }
        }
        None => asked,
    }
}

/// Checks the name of a parameter that is about to be stored.
pub fn check_name(name: &str) -> Result<(), Rejection> {
    let refuse = |message: &str| Err(Rejection::Validation(message.to_owned()));
    if name.is_empty() || name.len() > NAME_CHARS_MAX {
        return Err(Rejection::Validation(format!(
            "Parameter name must have between 1 and {NAME_CHARS_MAX} characters."
        )));
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte)) {
        return refuse("Only a mix of letters, numbers and the following 4 symbols .-_/ are allowed.");
    }
    if name.contains('/') && !name.starts_with('/') {
        return refuse("Parameter name must be a fully qualified name.");
    }
    if name.ends_with('/') || name.contains("//") {
        return refuse("Parameter name must not end with a slash or hold an empty level.");
    }
    let bare = name.trim_start_matches('/').to_ascii_lowercase();
    if RESERVED_PREFIXES.iter().any(|prefix| bare.starts_with(prefix)) {
        return refuse(
            "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive), except global parameter \
             name path prefixed with \"aws\" (case-sensitive)",
        );
    }
    if name.matches('/').count() > HIERARCHY_LEVELS_MAX {
        return Err(Rejection::HierarchyLevelLimitExceeded);
    }
    Ok(())
}

pub fn check_value(value: &str) -> Result<(), Rejection> {
    if value.is_empty() {
        return Err(Rejection::Validation("Value must have at least 1 character.".to_owned()));
    }
    if value.len() > VALUE_BYTES_MAX {
        return Err(Rejection::Validation(format!(
            "Standard tier parameters support a maximum parameter value of {VALUE_BYTES_MAX} characters. To create a \
             larger parameter value, upgrade the parameter to use the advanced-parameter tier."
        )));
    }
    Ok(())
}
