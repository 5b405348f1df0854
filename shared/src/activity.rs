//! How many jobs ended, and how: one row for each tenant and hour, kept 90 days.
//!
//! A row holds its counts and, in the same item, the names of the stream's records that were counted last ([`Hour`]). It
//! is written only as it was read, so a record is counted once whichever batch it comes in: again, in part, with others,
//! or in another order. The memory is bounded: a record that comes again after sixteen later batches and 64 later records
//! of its tenant and hour is counted twice, as `docs/decisions/0023-activity-remembers-records.md` explains.
//!
//! Pure: rows and the time go in, decisions come out.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::FieldError;
use crate::job::{Job, KindName, State};
use crate::tenant::Tenant;

mod hour;

pub use hour::{Counts, Hour};

/// An hour is kept this long after it ended.
pub const KEPT_FOR: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// At most so much is shown at once: 744 hours.
pub const RANGE_MAX: Duration = Duration::from_secs(31 * 24 * 60 * 60);

/// So much is shown unless said otherwise.
pub const RANGE: Duration = Duration::from_secs(24 * 60 * 60);

/// The unit of time that activity is counted by.
pub const HOUR: Duration = Duration::from_secs(60 * 60);

/// An event in the life of a job that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Succeeded,
    /// It is dead, or expired.
    Failed,
    /// An attempt failed, and another one follows.
    Retried,
    Cancelled,
}

impl Outcome {
    /// Returns the event that a change of a job's row stands for; `None` if it isn't counted.
    ///
    /// A run that crashed records no outcome, so the run after it is no retry, nor is the one after a deferral. A job that
    /// is put as a cancelled one was never accepted: it only takes the place of one.
    pub fn of(old: Option<&Job>, new: &Job) -> Option<Self> {
        let old = old.filter(|old| !old.state.is_final())?;
        match new.state {
            State::Succeeded => Some(Self::Succeeded),
            State::Dead | State::Expired => Some(Self::Failed),
            State::Cancelled => Some(Self::Cancelled),
            State::Queued | State::Waiting if failures(new) > failures(old) => Some(Self::Retried),
            State::Queued | State::Waiting | State::Running | State::Paused => None,
        }
    }
}

/// How many attempts ended with a failure while the job had not ended.
const fn failures(job: &Job) -> u32 {
    job.attempts.saturating_sub(job.deferrals)
}

/// A change of a job that is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The stream's name of the record, of which there is no other.
    pub event_id: String,
    pub tenant: Tenant,
    /// When it was made.
    pub at: Timestamp,
    pub kind: KindName,
    pub outcome: Outcome,
}

/// When the hour began that `at` is in.
pub fn hour_of(at: Timestamp) -> Timestamp {
    at - Duration::from_millis(at.as_millis().rem_euclid(HOUR_MS).unsigned_abs())
}

const HOUR_MS: i64 = 60 * 60 * 1000;

/// Hours that begin at `from` or later, and before `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Range {
    /// Up to the hour under way, and a day of hours, unless said otherwise.
    pub fn new(from: Option<Timestamp>, to: Option<Timestamp>, now: Timestamp) -> Result<Self, FieldError> {
        let to = to.unwrap_or(hour_of(now) + HOUR);
        let from = from.unwrap_or(to - RANGE);
        if from >= to {
            return Err(FieldError::new("/from", "must be earlier than `to`"));
        }
        if to.since(from) > RANGE_MAX {
            return Err(FieldError::new("/from", "must be at most 31 days earlier than `to`"));
        }
        Ok(Self { from, to })
    }
}

#[cfg(test)]
mod tests;
