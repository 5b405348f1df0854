//! Keys that a tenant's requests to the world are signed with, so that a receiver can tell who sent them.
//!
//! Every key of a tenant signs every request: to rotate, a tenant creates a second key, hands it to its receivers, and
//! deletes the first.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use lru::LruCache;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::id::{Ids, SigningKeyId};
use crate::tenant::Tenant;

/// A tenant has at most so many: each adds a signature to every request.
pub const SIGNING_KEYS_MAX: usize = 3;

/// A key that was created or deleted is used or left out after this long at the latest.
pub const KNOWN_FOR: Duration = Duration::from_secs(5);

/// A process remembers the keys of so many tenants.
const TENANTS_KNOWN_MAX: std::num::NonZeroUsize = std::num::NonZeroUsize::new(1000).unwrap();

const PREFIX: &str = "whsec_";

/// A key as it is stored. Attribute names are data: they never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    pub tenant: Tenant,
    pub id: SigningKeyId,
    /// The secret, sealed for this key.
    pub sealed: String,
    pub created_at: Timestamp,
}

/// The secret of a key: 32 random bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret(Vec<u8>);

impl SigningSecret {
    pub fn random(ids: &Ids) -> Self {
        Self([ids.next(), ids.next()].concat())
    }

    /// Reads the form that libraries of Standard Webhooks take.
    pub fn parse(text: &str) -> Option<Self> {
        BASE64_STANDARD.decode(text.strip_prefix(PREFIX)?).ok().map(Self)
    }

    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", BASE64_STANDARD.encode(&self.0))
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(hidden)")
    }
}

/// The secrets that this process read a moment ago. Clones share them.
#[derive(Clone)]
pub struct KnownSigningSecrets(Arc<Mutex<ByTenant>>);

/// The secrets of tenants, each with the time at which they were read.
type ByTenant = LruCache<Tenant, (Vec<SigningSecret>, Timestamp)>;

impl Default for KnownSigningSecrets {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(TENANTS_KNOWN_MAX))))
    }
}

impl KnownSigningSecrets {
    pub fn of(&self, tenant: &Tenant, now: Timestamp) -> Option<Vec<SigningSecret>> {
        let (secrets, read_at) = self.known().get(tenant).cloned()?;
        (now < read_at + KNOWN_FOR).then_some(secrets)
    }

    pub fn remember(&self, tenant: &Tenant, secrets: &[SigningSecret], now: Timestamp) {
        self.known().put(tenant.clone(), (secrets.to_vec(), now));
    }

    fn known(&self) -> MutexGuard<'_, ByTenant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for KnownSigningSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KnownSigningSecrets(hidden)")
    }
}
