//! Idempotency: a request under a key has its effect once, however often it is repeated.
//!
//! Where what a request makes has a row, that row is the record of its key, and nothing more is stored. For all other
//! requests there is a [`Record`]: in progress, done, or gone again because the request failed before any effect.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::clock::Timestamp;
use crate::error::Rejected;
use crate::id::{digest, encode};
use crate::tenant::Tenant;

pub const KEY_CHARS_MAX: usize = 255;

/// A record of a request that is done names it this long.
pub const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// A request holds its key this long at most: an invocation of `api` is over by then.
pub const LEASE: Duration = Duration::from_secs(35);

/// An `Idempotency-Key`: 1 to 255 visible ASCII characters.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Reads the header with or without the quotes of an RFC 8941 string.
    ///
    /// API Gateway joins two headers by a comma, so a comma is part of a key only between quotes.
    pub fn parse(header: &[u8]) -> Result<Self, Rejected> {
        let text = std::str::from_utf8(header).unwrap_or_default().trim();
        let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let apart = if quoted.is_some() { '"' } else { ',' };
        let key = quoted.unwrap_or(text);
        if key.contains(apart) {
            let detail = "send one Idempotency-Key; put one that has a comma into quotes".to_owned();
            return Err(Rejected::Malformed { detail });
        }
        if let Some(key) = Self::parse_plain(key) {
            return Ok(key);
        }
        let detail = format!("the Idempotency-Key must be 1 to {KEY_CHARS_MAX} visible ASCII characters");
        Err(Rejected::Malformed { detail })
    }

    /// Reads a key that stands by itself.
    pub fn parse_plain(key: &str) -> Option<Self> {
        let is_visible = key.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        ((1..=KEY_CHARS_MAX).contains(&key.len()) && is_visible).then(|| Self(key.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Names the request of this tenant to this route, however often it is repeated.
    pub fn request_name(&self, tenant: &Tenant, route: &str) -> String {
        encode(digest(&[tenant.as_str(), "request", route, &self.0]))
    }
}

/// A key may hold what its user takes for a secret.
impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdempotencyKey(…)")
    }
}

/// The same for two requests that mean the same, however their JSON is spaced and ordered.
pub fn fingerprint(request: &impl Serialize) -> String {
    let canonical = serde_json::to_vec(request).unwrap_or_default();
    hex::encode(&Sha256::digest(canonical)[..16])
}

/// A request under a key, where nothing is made that could be its record. Attribute names are data: they never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub fingerprint: String,
    /// Names the try that holds the key.
    pub claim: String,
    /// Until then no other try may begin.
    pub lease_until: Timestamp,
    /// Fields of the answer, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<RecordedAnswer>,
    /// Seconds since 1970. The row may be there for longer, and then counts as gone.
    pub expires_at: i64,
}

/// The part of the first response that a replay repeats; the resource is shown as it is by then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedAnswer {
    pub status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// The decision over a request that has a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// An earlier try has ended without an answer: go on with it under this claim, conditional on the record seen.
    Resume,
    /// The request is done: return what it returned.
    Replay(RecordedAnswer),
}

impl Record {
    pub fn begin(fingerprint: &str, claim: &str, now: Timestamp) -> Self {
        Self {
            fingerprint: fingerprint.to_owned(),
            claim: claim.to_owned(),
            lease_until: now + LEASE,
            answer: None,
            expires_at: (now + RETENTION).as_secs(),
        }
    }

    /// Evaluates a request by its record. The fingerprint is compared before anything else.
    pub fn evaluate(&self, fingerprint: &str, now: Timestamp) -> Result<Decision, Rejected> {
        if self.expires_at <= now.as_secs() {
            return Ok(Decision::Resume);
        }
        if self.fingerprint != fingerprint {
            return Err(Rejected::KeyReused);
        }
        match &self.answer {
            Some(answer) => Ok(Decision::Replay(answer.clone())),
            None if now <= self.lease_until => {
                Err(Rejected::InProgress { retry_after: self.lease_until.since(now) })
            }
            None => Ok(Decision::Resume),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    #[test]
    fn a_key_is_read_with_or_without_quotes() {
        assert_eq!(IdempotencyKey::parse(b"\"a key\"").unwrap().as_str(), "a key");
        assert_eq!(IdempotencyKey::parse(b" ../../a ").unwrap().as_str(), "../../a");
        assert_eq!(IdempotencyKey::parse(b"\"a, b\"").unwrap().as_str(), "a, b");
        for wrong in [&b""[..], b"\"\"", b"\xff", "é".as_bytes(), b"a\tb", &[b'k'; 256]] {
            assert!(IdempotencyKey::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn two_keys_are_not_taken_for_one() {
        for two in [&b"a,b"[..], b"a, b", b"\"a\",\"b\"", b"\"a\", b", b"a,a", b"a,"] {
            assert!(IdempotencyKey::parse(two).is_err(), "{two:?}");
        }
    }

    #[test]
    fn another_payload_is_told_before_anything_else() {
        let record = Record::begin("one", "claim", NOW);
        assert_eq!(record.evaluate("two", NOW), Err(Rejected::KeyReused));
        assert_eq!(record.evaluate("two", NOW + 2 * LEASE), Err(Rejected::KeyReused));
    }

    #[test]
    fn a_request_waits_for_one_under_way_and_goes_on_with_one_that_ended_without_an_answer() {
        let record = Record::begin("one", "claim", NOW);
        assert_eq!(record.evaluate("one", NOW), Err(Rejected::InProgress { retry_after: LEASE }));
        assert!(record.evaluate("one", NOW + LEASE).is_err());
        assert_eq!(record.evaluate("one", NOW + LEASE + Duration::from_millis(1)), Ok(Decision::Resume));
    }

    #[test]
    fn an_answer_is_replayed_until_its_time_is_up() {
        let answer = RecordedAnswer { status: 201, location: None };
        let record = Record { answer: Some(answer.clone()), ..Record::begin("one", "claim", NOW) };
        assert_eq!(record.evaluate("one", NOW), Ok(Decision::Replay(answer)));
        assert_eq!(record.evaluate("two", NOW + RETENTION), Ok(Decision::Resume));
    }
}
