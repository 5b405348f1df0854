//! API keys: who calls, and what that caller may do.
//!
//! Pure: rows, what a caller sent and the time go in, decisions come out.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::clock::Timestamp;
use crate::error::Rejected;
use crate::id::ApiKeyId;
use crate::rate_limit::{Bucket, Limit};
use crate::scope::Scope;
use crate::tenant::Tenant;

mod credential;
mod known;
mod request;

pub use credential::Credential;
pub use known::KnownKeys;
pub use request::{ApiKeyRequest, EXPIRY_DAYS_MAX, NAME_CHARS_MAX, OVERLAP_SECS_MAX, RotationRequest};

/// A tenant has at most this many keys that work, so that a listing is one read.
pub const KEYS_MAX: usize = 100;

/// A key that no longer works is shown this long, and names what its `Idempotency-Key` made.
pub const RETENTION: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// An API key as it is stored. Attribute names are data: they never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    pub tenant: Tenant,
    pub id: ApiKeyId,
    /// For people.
    pub name: String,
    pub scopes: BTreeSet<Scope>,
    /// SHA-256 of the secret, in hexadecimal.
    pub hash: String,
    /// The secret before the latest rotation, while it still works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<PreviousSecret>,
    pub created_at: Timestamp,
    /// The key works no longer than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// The day of the latest use (UTC): written once a day, so that it costs no write per call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_on: Option<String>,
    /// Raised by every change but the day of use: later changes are conditional on it.
    pub revision: u32,
    /// Names the request that made the current secret, so that repeating it rotates nothing again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<String>,
    /// Limit on the key's requests, within its tenant's limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<Limit>,
    /// Fingerprint of the request that made the key; another request under the same `Idempotency-Key` is refused.
    pub fingerprint: String,
}

/// A secret that was replaced and works for a while longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviousSecret {
    pub hash: String,
    pub valid_until: Timestamp,
}

/// Whether a key works. Public; the words never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Active,
    Expired,
    Revoked,
}

impl State {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// Who makes a request, by the key that came with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub tenant: Tenant,
    pub key: ApiKeyId,
    pub scopes: BTreeSet<Scope>,
    pub rate_limit: Option<Limit>,
    /// When the key expires.
    pub valid_until: Option<Timestamp>,
}

impl Caller {
    /// The buckets that the caller's requests take tokens from, the narrower one first: what it refuses takes nothing of the
    /// other. `of_tenant` is the limit of each tenant.
    pub fn buckets(&self, of_tenant: Limit) -> Vec<Bucket> {
        let own = self.rate_limit.map(|limit| Bucket::of_api_key(&self.tenant, self.key.as_str(), limit));
        own.into_iter().chain([Bucket::of_tenant(&self.tenant, of_tenant)]).collect()
    }

    /// Refuses what would give the caller more than its own key: a new secret of a key that may do more, lives longer or
    /// has a higher rate limit.
    pub fn check_covers(&self, key: &ApiKey) -> Result<(), Rejected> {
        self.check_covers_scopes(key)?;
        let refused = |detail: &str| Err(Rejected::Forbidden { detail: detail.to_owned() });
        if !self.outlives(key.valid_until) {
            return refused("the key works for longer than the key that asks");
        }
        if !self.is_as_fast_as(key.rate_limit) {
            return refused("the key has a higher rate limit than the key that asks");
        }
        Ok(())
    }

    /// Refuses to end a key that may do more than the caller.
    pub fn check_covers_scopes(&self, key: &ApiKey) -> Result<(), Rejected> {
        let Some(scope) = key.scopes.difference(&self.scopes).next() else { return Ok(()) };
        let detail = format!("the key may do {scope}, which the key that asks may not");
        Err(Rejected::Forbidden { detail })
    }

    /// Whether its own key works at least until then; without end for `None`.
    fn outlives(&self, valid_until: Option<Timestamp>) -> bool {
        self.valid_until.is_none_or(|own| valid_until.is_some_and(|until| until <= own))
    }

    fn is_as_fast_as(&self, limit: Option<Limit>) -> bool {
        self.rate_limit.is_none_or(|own| limit.is_some_and(|limit| limit.is_within(own)))
    }
}

impl ApiKey {
    pub fn state(&self, now: Timestamp) -> State {
        match (self.revoked_at, self.valid_until) {
            (Some(_), _) => State::Revoked,
            (None, Some(until)) if until <= now => State::Expired,
            _ => State::Active,
        }
    }

    /// Whether the credential is this key's, now. Takes the same time for every wrong secret.
    pub fn admits(&self, credential: &Credential, now: Timestamp) -> bool {
        let given = credential.hash();
        let is = |hash: &str| bool::from(hash.as_bytes().ct_eq(given.as_bytes()));
        let previous = self.previous.as_ref().filter(|previous| now < previous.valid_until);
        let is_secret = is(&self.hash) | previous.is_some_and(|previous| is(&previous.hash));
        is_secret && self.state(now) == State::Active
    }

    pub fn caller(&self) -> Caller {
        Caller {
            tenant: self.tenant.clone(),
            key: self.id.clone(),
            scopes: self.scopes.clone(),
            rate_limit: self.rate_limit,
            valid_until: self.valid_until,
        }
    }

    /// Orders keys by their age, and names where a page of them ends.
    pub fn position(&self) -> String {
        format!("{:015}#{}", self.created_at.as_millis(), self.id)
    }
}

#[cfg(test)]
mod tests;
