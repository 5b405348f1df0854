//! Identifiers: 128 bits as 26 characters of Crockford's base 32 behind a prefix that names the kind.
//!
//! An id is either random or derived from what it stands for; a derived one makes a repeated request the same thing.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// The length of 128 bits in this alphabet.
pub const ENCODED_CHARS: usize = 26;

/// Declares an id with its prefix. Prefixes are stored and public: they never change.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            /// The id that stands for `parts`, always the same for the same parts.
            pub fn derived(parts: &[&str]) -> Self {
                Self(format!("{}{}", $prefix, encode(digest(parts))))
            }

            pub fn random(ids: &Ids) -> Self {
                Self(format!("{}{}", $prefix, encode(ids.next())))
            }

            /// Parses what a caller sent; `None` when it is no id of this kind.
            pub fn parse(text: &str) -> Option<Self> {
                let encoded = text.strip_prefix($prefix)?;
                let valid = encoded.len() == ENCODED_CHARS
                    && encoded.bytes().all(|byte| ALPHABET.contains(&byte));
                valid.then(|| Self(text.to_owned()))
            }

            /// A regular expression that takes what [`Self::parse`] does.
            pub fn pattern() -> String {
                let alphabet = ALPHABET.map(char::from).iter().collect::<String>();
                format!("^{}[{alphabet}]{{{ENCODED_CHARS}}}$", $prefix)
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// Names an upload.
    UploadId,
    "upl_"
);
id!(
    /// Names an API key.
    ApiKeyId,
    "key_"
);
id!(
    /// Names a job.
    JobId,
    "job_"
);
id!(
    /// Names a key that requests to the world are signed with.
    SigningKeyId,
    "sgk_"
);

/// Where random ids come from: the operating system, or a seed that makes a test repeatable.
#[derive(Clone, Debug)]
pub struct Ids(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Seeded { seed: u64, next: Arc<AtomicU64> },
}

impl Ids {
    pub const fn system() -> Self {
        Self(Source::System)
    }

    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded { seed, next: Arc::default() })
    }

    /// The next 128 random bits.
    pub fn next(&self) -> [u8; 16] {
        match &self.0 {
            Source::System => rand::random(),
            Source::Seeded { seed, next } => {
                let count = next.fetch_add(1, Ordering::SeqCst);
                digest(&[&seed.to_string(), &count.to_string()])
            }
        }
    }
}

/// The first 128 bits of the SHA-256 of `parts`, each led by its length so that no two lists are alike.
pub fn digest(parts: &[&str]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut first = [0; 16];
    first.copy_from_slice(&hash.finalize()[..16]);
    first
}

/// 128 bits as 26 characters, lower case.
pub fn encode(bits: [u8; 16]) -> String {
    let mut rest = u128::from_be_bytes(bits);
    let mut characters = [0; ENCODED_CHARS];
    for character in characters.iter_mut().rev() {
        *character = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    characters.iter().map(|&byte| char::from(byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_id_is_the_same_for_the_same_parts_alone() {
        assert_eq!(JobId::derived(&["a", "b"]), JobId::derived(&["a", "b"]));
        assert_ne!(JobId::derived(&["a", "b"]), JobId::derived(&["ab", ""]));
    }

    #[test]
    fn the_pattern_of_an_id_names_its_prefix_and_its_characters() {
        assert_eq!(UploadId::pattern(), "^upl_[0123456789abcdefghjkmnpqrstvwxyz]{26}$");
    }

    #[test]
    fn an_id_parses_back_and_nothing_else_does() {
        let id = UploadId::random(&Ids::system());
        assert_eq!(UploadId::parse(id.as_str()), Some(id.clone()));
        for wrong in [
            "",
            "upl_",
            "job_00000000000000000000000000",
            "upl_../../etc/passwd",
            "upl_0000000000000000000000000U",
        ] {
            assert_eq!(UploadId::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn seeded_ids_repeat_with_their_seed() {
        assert_eq!(Ids::seeded(7).next(), Ids::seeded(7).next());
        assert_ne!(Ids::seeded(7).next(), Ids::seeded(8).next());
    }
}
