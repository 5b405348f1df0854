//! The id of a request, which ties together all that it causes: its answer, its rows, its messages and its log lines.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{Ids, encode};

/// At most this many characters, because the id is stored in rows and stands in every log line.
pub const CHARS_MAX: usize = 64;

/// 1 to [`CHARS_MAX`] of `A`–`Z`, `a`–`z`, `0`–`9`, `.`, `_` and `-`, so that it can stand in any header, row and line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(String);

impl RequestId {
    /// Parses what a client sent; `None` when it is no request id, and a random one takes its place.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=CHARS_MAX).contains(&text.len());
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        (fits && plain).then(|| Self(text.to_owned()))
    }

    pub fn random(ids: &Ids) -> Self {
        Self(format!("req_{}", encode(ids.next())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_sent_is_taken_when_it_is_short_and_plain() {
        for accepted in ["a", "0.9_Z-", &"x".repeat(CHARS_MAX)] {
            assert_eq!(RequestId::parse(accepted).map(|id| id.to_string()).as_deref(), Some(accepted));
        }
        for refused in ["", " a", "a b", "a\n", "ü", "a/b", "\"a\"", &"x".repeat(CHARS_MAX + 1)] {
            assert_eq!(RequestId::parse(refused), None, "{refused:?}");
        }
    }

    #[test]
    fn a_random_one_could_have_been_sent_by_a_client() {
        let id = RequestId::random(&Ids::system());
        assert_eq!(RequestId::parse(id.as_str()), Some(id));
    }
}
