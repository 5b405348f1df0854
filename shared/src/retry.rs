//! When a failed job is tried again. Jitter is a hash of job and attempt, so that a retry time is reproducible.

use std::time::Duration;

use crate::id::{JobId, digest};

mod plan;

pub use plan::{Backoff, Plan, WhenExhausted};

/// SQS delays a message by at most this; a longer wait goes to the due index.
pub const QUEUE_DELAY_MAX: Duration = Duration::from_secs(15 * 60);

/// How often, and how far apart, a job is tried.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Waits after the first, second, … failed attempt; one attempt more than waits is made.
    pub waits: &'static [Duration],
    /// Each wait is lengthened by up to this share of itself, in percent.
    pub jitter_percent: u32,
}

impl Policy {
    /// The wait after the `attempts`-th recorded failure; `None` when the job has had its last try.
    pub fn wait_after(&self, job: &JobId, attempts: u32) -> Option<Duration> {
        let index = usize::try_from(attempts.checked_sub(1)?).ok()?;
        let wait = *self.waits.get(index)?;
        Some(wait + jitter(wait * self.jitter_percent / 100, &[job.as_str(), &attempts.to_string()]))
    }
}

/// A duration below `most` (in whole milliseconds) that depends on `parts` alone.
pub fn jitter(most: Duration, parts: &[&str]) -> Duration {
    let most_ms = u64::try_from(most.as_millis()).unwrap_or(u64::MAX).max(1);
    let bits = digest(parts);
    let number = u64::from_be_bytes([bits[0], bits[1], bits[2], bits[3], bits[4], bits[5], bits[6], bits[7]]);
    Duration::from_millis(number % most_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy =
        Policy { waits: &[Duration::from_secs(10), Duration::from_secs(100)], jitter_percent: 20 };

    #[test]
    fn a_wait_is_lengthened_by_at_most_the_jitter_and_is_reproducible() {
        let job = JobId::derived(&["a"]);
        let wait = POLICY.wait_after(&job, 1).unwrap();
        assert!((Duration::from_secs(10)..Duration::from_secs(12)).contains(&wait));
        assert_eq!(POLICY.wait_after(&job, 1), Some(wait));
    }

    #[test]
    fn after_the_last_wait_there_is_no_other_try() {
        let job = JobId::derived(&["a"]);
        assert!(POLICY.wait_after(&job, 2).is_some());
        assert_eq!(POLICY.wait_after(&job, 3), None);
    }
}
