//! The ids of requests: unique across runs of the stack, and the same again in a test that repeats.

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use shared::clock::Timestamp;

/// Made of the time at which the gateway started, and a number.
pub struct RequestIds {
    started_at: Timestamp,
    number: AtomicU64,
}

impl RequestIds {
    pub fn starting_at(started_at: Timestamp) -> Self {
        Self { started_at, number: AtomicU64::new(0) }
    }

    /// 16 characters as API Gateway's: 6 bytes of milliseconds and 5 of the number.
    pub fn next(&self) -> String {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0; 11];
        bytes[..6].copy_from_slice(&self.started_at.as_millis().to_be_bytes()[2..]);
        bytes[6..].copy_from_slice(&number.to_be_bytes()[3..]);
        URL_SAFE.encode(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_within_a_run_and_across_runs() {
        let (first, second) =
            (Timestamp::from_millis(1_700_000_000_000), Timestamp::from_millis(1_700_000_000_001));
        let (first, second) = (RequestIds::starting_at(first), RequestIds::starting_at(second));
        let ids = [first.next(), first.next(), second.next(), second.next()];
        assert!(ids.iter().all(|id| id.len() == 16), "{ids:?}");
        let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len());
    }
}
