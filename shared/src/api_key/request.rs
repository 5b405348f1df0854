//! The requests that make a key and rotate its secret.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api_key::{ApiKey, Caller, Credential};
use crate::clock::Timestamp;
use crate::error::{FieldError, Rejected};
use crate::idempotency::fingerprint;
use crate::rate_limit::Limit;
use crate::scope::Scope;

pub const NAME_CHARS_MAX: usize = 64;
pub const EXPIRY_DAYS_MAX: u32 = 3650;
/// A secret that was replaced works at most a week longer.
pub const OVERLAP_SECS_MAX: u32 = 7 * 24 * 60 * 60;

const DAY_SECS: u64 = 24 * 60 * 60;

/// The body of `POST /v1/api-keys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyRequest {
    /// For people: what the key is used for.
    #[schemars(length(min = 1, max = NAME_CHARS_MAX), regex(pattern = r"^[^\x00-\x1f\x7f-\x9f]+$"), example = &"checkout service")]
    pub name: String,
    /// The scopes of the key. The key that makes it must have each of them.
    #[schemars(length(min = 1, max = Scope::ALL.len()), example = &["uploads:write", "uploads:read"])]
    pub scopes: Vec<Scope>,
    /// How long the key works, and no longer than the key that makes it. If missing, as long as that one, or until it is
    /// revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = EXPIRY_DAYS_MAX))]
    pub expires_in_days: Option<u32>,
    /// The rate limit of this key, within that of its tenant, and no higher than that of the key that makes it. If missing,
    /// that one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<Limit>,
}

/// The body of `POST /v1/api-keys/{id}/rotate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RotationRequest {
    /// How long the old secret still works, in seconds.
    #[serde(default = "one_day")]
    #[schemars(range(min = 0, max = OVERLAP_SECS_MAX))]
    pub overlap_seconds: u32,
}

const fn one_day() -> u32 {
    DAY_SECS as u32
}

impl ApiKeyRequest {
    /// Checks every field and names all that are wrong.
    pub fn validate(&self, caller: &Caller, now: Timestamp) -> Result<(), Rejected> {
        let mut errors = Vec::new();
        let mut check = |holds: bool, pointer: String, detail: String| {
            if !holds {
                errors.push(FieldError::new(pointer, detail));
            }
        };
        let fits = (1..=NAME_CHARS_MAX).contains(&self.name.chars().count());
        let is_name = fits && !self.name.contains(char::is_control);
        let detail = format!("must be 1 to {NAME_CHARS_MAX} characters without control characters");
        check(is_name, "/name".to_owned(), detail);
        let count = Scope::ALL.len();
        let detail = format!("must be 1 to {count} scopes");
        check((1..=count).contains(&self.scopes.len()), "/scopes".to_owned(), detail);
        for (index, scope) in self.scopes.iter().enumerate() {
            let detail = format!("the key that asks may not do {scope} itself");
            check(caller.scopes.contains(scope), format!("/scopes/{index}"), detail);
        }
        let days = self.expires_in_days;
        let detail = format!("must be 1 to {EXPIRY_DAYS_MAX} days");
        let fits = days.is_none_or(|days| (1..=EXPIRY_DAYS_MAX).contains(&days));
        check(fits, "/expires_in_days".to_owned(), detail);
        let outlives = self.life().zip(caller.valid_until).is_some_and(|(life, own)| now + life > own);
        let detail = "the key that asks expires before that".to_owned();
        check(!(fits && outlives), "/expires_in_days".to_owned(), detail);
        let is_faster =
            self.rate_limit.zip(caller.rate_limit).is_some_and(|(limit, own)| !limit.is_within(own));
        let detail = "must not be above the limit of the key that asks".to_owned();
        check(!is_faster, "/rate_limit".to_owned(), detail);
        if errors.is_empty() { Ok(()) } else { Err(Rejected::Invalid { errors }) }
    }

    fn life(&self) -> Option<Duration> {
        self.expires_in_days.map(|days| Duration::from_secs(u64::from(days) * DAY_SECS))
    }

    /// The key that a valid request of this caller makes.
    pub fn into_api_key(self, caller: &Caller, credential: &Credential, now: Timestamp) -> ApiKey {
        let fingerprint = fingerprint(&self);
        ApiKey {
            valid_until: self.life().map(|life| now + life).or(caller.valid_until),
            rate_limit: self.rate_limit.or(caller.rate_limit),
            fingerprint,
            ..ApiKey::new(self.name, self.scopes, credential, now)
        }
    }
}

impl ApiKey {
    /// A key that works until it is revoked.
    pub fn new(
        name: String,
        scopes: impl IntoIterator<Item = Scope>,
        credential: &Credential,
        now: Timestamp,
    ) -> Self {
        Self {
            tenant: credential.tenant().clone(),
            id: credential.id().clone(),
            name,
            scopes: scopes.into_iter().collect(),
            hash: credential.hash(),
            previous: None,
            created_at: now,
            valid_until: None,
            revoked_at: None,
            last_used_on: None,
            revision: 1,
            rotation: None,
            rate_limit: None,
            fingerprint: String::new(),
        }
    }
}

impl RotationRequest {
    pub fn validate(&self) -> Result<(), Rejected> {
        if self.overlap_seconds <= OVERLAP_SECS_MAX {
            return Ok(());
        }
        let detail = format!("must be 0 to {OVERLAP_SECS_MAX} seconds");
        Err(Rejected::Invalid { errors: vec![FieldError::new("/overlap_seconds", detail)] })
    }

    /// How much longer the old secret works.
    pub fn overlap(&self) -> Duration {
        Duration::from_secs(u64::from(self.overlap_seconds))
    }
}
