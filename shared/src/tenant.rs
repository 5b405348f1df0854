//! The tenant, which is part of every key of every row and object.

use std::fmt;

use serde::{Deserialize, Serialize};

/// At most this many characters, because the name is part of every key.
pub const NAME_CHARS_MAX: usize = 32;

/// A customer of the team that runs Millrace: `a`–`z`, `0`–`9` and `-`, 1 to 32 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tenant(String);

impl Tenant {
    pub fn parse(name: &str) -> Option<Self> {
        let fits = (1..=NAME_CHARS_MAX).contains(&name.len());
        let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        (fits && plain).then(|| Self(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
