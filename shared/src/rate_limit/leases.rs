//! The tokens that an environment holds of all buckets. They lapse when the environment ends.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;

use crate::clock::Timestamp;
use crate::rate_limit::holding::Holding;
use crate::rate_limit::{Bucket, Owner};

/// Number of buckets that an environment remembers. The one used least recently is forgotten first.
const BUCKETS_MAX: NonZeroUsize = NonZeroUsize::new(1000).unwrap();

/// Between two lines in the log about a table that does not answer.
const LOG_EVERY: Duration = Duration::from_secs(10);

type Shared = Arc<tokio::sync::Mutex<Holding>>;

/// Clones share what they hold.
#[derive(Clone, Debug)]
pub struct Leases {
    holdings: Arc<Mutex<LruCache<Owner, Shared>>>,
    last_logged: Arc<Mutex<Option<Timestamp>>>,
}

impl Leases {
    /// Returns what is held of `bucket`. A request that asks the table holds the lock: others wait for what comes
    /// of it, rather than ask too.
    pub fn of(&self, bucket: &Bucket, new: impl FnOnce() -> Holding) -> Shared {
        let mut holdings = self.holdings();
        if let Some(holding) = holdings.get(&bucket.owner) {
            return Arc::clone(holding);
        }
        let holding = Arc::new(tokio::sync::Mutex::new(new()));
        holdings.put(bucket.owner.clone(), Arc::clone(&holding));
        holding
    }

    /// Whether it is known, without a call, that every request on `bucket` is refused at `now`: until when, from then.
    pub fn is_known_empty(&self, bucket: &Bucket, now: Timestamp) -> Option<Duration> {
        let holding = self.holdings().peek(&bucket.owner).map(Arc::clone)?;
        // Somebody asks for more this very moment.
        let holding = holding.try_lock().ok()?;
        if holding.limit() == bucket.limit { holding.known_empty(now) } else { None }
    }

    /// Whether a line about the table is due in the log; the next one is not for a while.
    pub fn is_log_due(&self, now: Timestamp) -> bool {
        let mut last = self.last_logged.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| now >= last + LOG_EVERY);
        if is_due {
            *last = Some(now);
        }
        is_due
    }

    fn holdings(&self) -> MutexGuard<'_, LruCache<Owner, Shared>> {
        self.holdings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Leases {
    fn default() -> Self {
        Self { holdings: Arc::new(Mutex::new(LruCache::new(BUCKETS_MAX))), last_logged: Arc::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate_limit::Limit;

    const NOW: Timestamp = Timestamp::from_millis(4_102_444_800_000);

    fn bucket(number: u32) -> Bucket {
        Bucket::of_address(std::net::Ipv4Addr::from(number).into())
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let leases = Leases::default();
        let first = leases.of(&bucket(0), || Holding::new(&bucket(0), 0));
        for number in 1..=2 * u32::try_from(BUCKETS_MAX.get()).unwrap() {
            leases.of(&bucket(number), || Holding::new(&bucket(number), 0));
        }
        assert_eq!(leases.holdings().len(), BUCKETS_MAX.get());
        let again = leases.of(&bucket(0), || Holding::new(&bucket(0), 0));
        assert!(!Arc::ptr_eq(&first, &again), "it was forgotten");
        assert!(Arc::ptr_eq(&again, &leases.of(&bucket(0), || Holding::new(&bucket(0), 0))));
    }

    #[test]
    fn of_a_bucket_that_was_never_asked_nothing_is_known() {
        let leases = Leases::default();
        assert_eq!(leases.is_known_empty(&bucket(0), NOW), None);
        leases.of(&bucket(0), || Holding::new(&bucket(0), 0));
        assert_eq!(leases.is_known_empty(&bucket(0), NOW), None);
        let other = Bucket { limit: Limit::OF_TENANT, ..bucket(0) };
        assert_eq!(leases.is_known_empty(&other, NOW), None);
    }

    #[test]
    fn the_log_tells_once_in_a_while() {
        let leases = Leases::default();
        let due = (0..21).filter(|second| leases.is_log_due(NOW + Duration::from_secs(*second)));
        assert_eq!(due.collect::<Vec<_>>(), [0, 10, 20]);
    }
}
