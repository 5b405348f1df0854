use std::time::Duration;

use super::{CRASHES_MAX, Delivery, Job, State};
use crate::clock::Timestamp;
use crate::retry;

/// The decision about a delivery that could not simply claim its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The delivery had claimed the job already; only the answer was lost.
    Claimed,
    /// An earlier epoch ended without an outcome: run it alone, after all others.
    Suspect,
    /// Too many epochs ended without an outcome: record that it is dead, do not run it.
    Exhausted,
    /// It was not started in time: record that, do not run it.
    Expired,
    /// It was to be cancelled when its epoch ended, and that left no outcome: record it, do not run it.
    Cancelled,
    /// Another epoch runs: look again after this long. The delivery is the job's rescue timer, so it is kept.
    Deferred(Duration),
    /// Finished, or dispatched anew: the delivery has nothing left to do.
    Settled,
    /// No such job. The delivery is left to the dead-letter queue, which brings it into sight.
    Unknown,
}

/// Judges a delivery by its job's row as a refused claim showed it.
pub fn judge(job: Option<&Job>, delivery: &Delivery, claim: &str, now: Timestamp) -> Verdict {
    let Some(job) = job else {
        return Verdict::Unknown;
    };
    let same_dispatch = job.dispatch == delivery.dispatch && job.accepted_at == delivery.accepted_at;
    if !same_dispatch || !matches!(job.state, State::Queued | State::Running) {
        return Verdict::Settled;
    }
    if job.state == State::Running && job.claim.as_deref() == Some(claim) {
        return Verdict::Claimed;
    }
    if job.is_leased(now) {
        return Verdict::Deferred(defer_for(job, now));
    }
    if job.cancel_requested {
        return Verdict::Cancelled;
    }
    if job.is_expired(now) {
        return Verdict::Expired;
    }
    if job.epochs_without_outcome() >= CRASHES_MAX {
        return Verdict::Exhausted;
    }
    Verdict::Suspect
}

/// The rest of the lease and a little more, apart for each job so that rescues do not come all at once.
fn defer_for(job: &Job, now: Timestamp) -> Duration {
    const APART_MAX: Duration = Duration::from_secs(5);
    let rest = job.lease_until.map_or(Duration::ZERO, |until| until.since(now));
    let apart = retry::jitter(APART_MAX, &[job.id.as_str(), &job.epoch.to_string()]);
    rest + Duration::from_secs(1) + apart
}
