//! Secrets of the system itself: what they are called, and how they are kept out of sight.

use std::fmt;

use crate::id::{Ids, encode};

/// The secrets that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretName {
    /// Signs the cursors of listings.
    CursorSigning,
    /// Seals secrets that tenants hand over or are given: URLs and headers of files that are fetched, headers of requests that jobs
    /// send, and the secrets that sign these.
    SourceSealing,
}

impl SecretName {
    pub const ALL: [Self; 2] = [Self::CursorSigning, Self::SourceSealing];

    /// Returns the name that it is stored under; this never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CursorSigning => "cursor-signing",
            Self::SourceSealing => "source-sealing",
        }
    }
}

/// A secret. It shows itself to nobody who does not ask for it by [`Secret::reveal`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub const fn new(secret: String) -> Self {
        Self(secret)
    }

    /// 256 random bits, as text.
    pub fn random(ids: &Ids) -> Self {
        Self(encode(ids.next()) + &encode(ids.next()))
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_names_never_change() {
        assert_eq!(SecretName::ALL.map(SecretName::as_str), ["cursor-signing", "source-sealing"]);
    }

    #[test]
    fn a_secret_is_long_random_and_never_shown() {
        let ids = Ids::seeded(1);
        let (first, second) = (Secret::random(&ids), Secret::random(&ids));
        assert_ne!(first, second);
        assert_eq!(first.reveal().len(), 52);
        assert!(!format!("{first:?} {:#?}", Some(&first)).contains(first.reveal()));
    }
}
