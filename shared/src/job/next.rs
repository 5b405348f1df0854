use std::time::Duration;

use super::{CRASHES_MAX, Cause, Failure, Job};
use crate::clock::Timestamp;
use crate::retry;

/// The consequence of a recorded failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Dispatched at once, with a delay that the queue can hold.
    Queue { due_at: Timestamp },
    /// Kept in the due index, because the queue cannot hold a delay that long.
    Wait { due_at: Timestamp },
    /// Kept until somebody retries or cancels it.
    Pause,
    /// Never run again.
    Die,
}

impl Next {
    /// When the job runs again, if it does so by itself.
    pub const fn due_at(self) -> Option<Timestamp> {
        match self {
            Self::Queue { due_at } | Self::Wait { due_at } => Some(due_at),
            Self::Pause | Self::Die => None,
        }
    }
}

/// Decides what follows the failure of the epoch that `job` is running. A submitted job follows its own plan, any other the
/// policy of its kind.
pub fn after_failure(job: &Job, failure: &Failure, policy: &retry::Policy, now: Timestamp) -> Next {
    let attempts = job.attempts + 1;
    match failure.cause {
        Cause::Rejected | Cause::Impossible | Cause::Lost => return Next::Die,
        Cause::Panicked if attempts >= CRASHES_MAX => return Next::Die,
        Cause::Panicked | Cause::Transient | Cause::External => {}
    }
    let failures = attempts.saturating_sub(job.deferrals);
    let wait = match &job.submission {
        Some(submission) => submission.plan().wait_after(&job.id, failures),
        None => policy.wait_after(&job.id, failures),
    };
    let asked = failure.not_before.map_or(Duration::ZERO, |at| at.since(now));
    let next = wait.map(|wait| after_wait(wait.max(asked), now));
    let next = next.filter(|next| next.due_at().is_none_or(|due_at| job.may_start_at(due_at)));
    let pauses = job.submission.as_ref().is_some_and(|submission| submission.plan().pauses_when_exhausted());
    next.unwrap_or(if pauses { Next::Pause } else { Next::Die })
}

/// Decides what follows when the epoch that `job` is running ends because its time has not come.
pub fn after_deferral(until: Timestamp, now: Timestamp) -> Next {
    after_wait(until.since(now), now)
}

/// A wait that the queue can hold, or one for the due index.
pub fn after_wait(wait: Duration, now: Timestamp) -> Next {
    let due_at = now + wait;
    if wait <= retry::QUEUE_DELAY_MAX { Next::Queue { due_at } } else { Next::Wait { due_at } }
}
