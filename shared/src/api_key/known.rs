//! The API keys that a process read a moment ago.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::ApiKey;
use crate::clock::Timestamp;
use crate::id::ApiKeyId;

/// A key that was revoked may work for this long wherever it was read before.
const KNOWN_FOR: Duration = Duration::from_secs(60);

/// More keys than that are not kept in mind; the ones kept are forgotten all at once.
const KNOWN_KEYS_MAX: usize = 1000;

/// The API keys that this process read a moment ago.
#[derive(Clone, Debug, Default)]
pub struct KnownKeys(Arc<Mutex<HashMap<ApiKeyId, Known>>>);

#[derive(Clone, Debug)]
pub struct Known {
    pub key: ApiKey,
    pub read_at: Timestamp,
    /// When it was read for a secret that did not fit it.
    pub read_in_vain_at: Option<Timestamp>,
}

impl KnownKeys {
    pub fn get(&self, id: &ApiKeyId, now: Timestamp) -> Option<Known> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(id).filter(|known| now.since(known.read_at) < KNOWN_FOR).cloned()
    }

    pub fn put(&self, key: &ApiKey, now: Timestamp, read_in_vain_at: Option<Timestamp>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_KEYS_MAX {
            known.clear();
        }
        known.insert(key.id.clone(), Known { key: key.clone(), read_at: now, read_in_vain_at });
    }

    /// Has the key read anew by its next request to this process.
    pub fn forget(&self, id: &ApiKeyId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}
