//! The job kernel: one row that is the work, the record that it was accepted, and the message that dispatches it.
//!
//! The kernel knows no kind of work: it accepts, claims, judges, retries. [`crate::kinds`] says what each kind does.
//!
//! Everything here is pure: rows and the time go in, decisions come out. The writes that carry a decision out, each
//! conditional on what the decision saw, are in [`crate::aws::table`].

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Timestamp;
use crate::id::JobId;
use crate::request_id::RequestId;
use crate::tenant::Tenant;

mod failure;
mod next;
mod parent;
mod stored;
mod submission;
mod verdict;

pub use failure::{Cause, DETAIL_CHARS_MAX, Failure};
pub use next::{Next, after_deferral, after_failure, after_wait};
pub use parent::{Parent, ParentKind};
pub use submission::{Callbacks, Submission};
pub use verdict::{Verdict, judge};

/// A job whose epochs ended this often without an outcome is dead without being run again.
pub const CRASHES_MAX: u32 = 3;

/// The row keeps this many of the latest attempts, so that it stays under a kilobyte.
pub const TIMELINE_LENGTH_MAX: usize = 4;

/// A lease outlives the invocation that holds it by this much, so that no two invocations work on one job.
pub const LEASE_MARGIN: Duration = Duration::from_secs(5);

/// A job that is dead or cancelled, and what a queue gave up, is kept this long; then DynamoDB removes it.
pub const RETENTION: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A job as it is stored. Attribute names are data: they never change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "stored::StoredJob")]
pub struct Job {
    pub tenant: Tenant,
    pub id: JobId,
    /// Id of the request that caused the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
    pub kind: KindName,
    /// The task, in a form that the kind reads; empty when there is nothing to say, or when it has an item of its own.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub input: Value,
    /// Whether the input is too long to sit in the row.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub input_apart: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submission: Option<Submission>,
    pub state: State,
    /// Raised whenever the job must be sent to its queue; a message that carries an older number starts nothing.
    pub dispatch: u32,
    /// Raised by every claim; every later write of that run is conditional on it.
    pub epoch: u32,
    /// Raised only by a write that records how an epoch ended.
    pub attempts: u32,
    /// How many of the attempts ended because their time had not come: they count against no retry policy.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub deferrals: u32,
    pub accepted_at: Timestamp,
    pub updated_at: Timestamp,
    /// Not to be run before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Not to be run for the first time after this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_by: Option<Timestamp>,
    /// Set while an epoch runs that is to be the last, whatever it comes to.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancel_requested: bool,
    /// Names the request that rescheduled or retried the job last, so that repeating it changes nothing again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// Set while an epoch runs: until then, nobody else may claim. A cancelled job keeps it: until then, the run that it
    /// had may still store something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_until: Option<Timestamp>,
    /// Names the delivery that holds the lease, so that it knows its own claim when the answer was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// The result, tagged by the kind: [`crate::kinds::Output`] reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// How much of it is stored in the bucket.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub stored_bytes: u64,
    /// Why the latest attempt failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timeline: Vec<Attempt>,
}

/// The stored name of a kind. [`crate::kinds::Kind`] is the closed list of those that this version knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KindName(String);

impl KindName {
    pub fn new(name: &str) -> Self {
        Self(name.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How far the job has come.
// Stored and public: the words never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "JobState")]
pub enum State {
    /// It runs as soon as there is a worker for it, or at `due_at`.
    Queued,
    /// It is tried again at `due_at`.
    Waiting,
    /// It is running.
    Running,
    /// It has done its work.
    Succeeded,
    /// It failed and is not tried again.
    Dead,
    /// It was cancelled, or its upload was deleted.
    Cancelled,
    /// It was not started in time.
    Expired,
    /// It was tried as often as it may, and waits until somebody retries or cancels it.
    Paused,
}

impl State {
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Dead | Self::Cancelled | Self::Expired)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Paused => "paused",
        }
    }
}

/// How one epoch ended, in compact form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub epoch: u32,
    pub ended_at: Timestamp,
    /// `succeeded`, or the code of the failure.
    pub code: String,
    /// How long it took, in milliseconds. This and the rest are kept of submitted jobs alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// The status of the HTTP response that ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The wait that followed, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u64>,
}

/// The result of a run that succeeded.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// Under the name of the kind.
    pub output: Value,
    /// How much of it is stored in the bucket.
    pub stored_bytes: u64,
    /// The status of the HTTP response that it comes from.
    pub status: Option<u16>,
}

/// How an epoch ended, as far as the timeline says it.
#[derive(Clone, Copy, Debug)]
pub struct Ended<'a> {
    pub code: &'a str,
    pub status: Option<u16>,
    /// When the job runs again.
    pub due_at: Option<Timestamp>,
}

/// The content of a queue message: which dispatch of which job it carries out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    pub tenant: Tenant,
    pub job: JobId,
    pub dispatch: u32,
    /// Tells a job from an earlier one with the same derived id.
    pub accepted_at: Timestamp,
    /// Which kind the job is of; a message of an earlier version doesn't say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<KindName>,
    /// For the log alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
}

impl Job {
    /// A job as it is accepted: dispatched for the first time by the stream record of this very row.
    pub fn accept(tenant: Tenant, id: JobId, kind: KindName, input: Value, now: Timestamp) -> Self {
        Self {
            tenant,
            id,
            request_id: None,
            kind,
            input,
            input_apart: false,
            parent: None,
            submission: None,
            state: State::Queued,
            dispatch: 1,
            epoch: 0,
            attempts: 0,
            deferrals: 0,
            accepted_at: now,
            updated_at: now,
            due_at: None,
            start_by: None,
            cancel_requested: false,
            change: None,
            lease_until: None,
            claim: None,
            output: None,
            stored_bytes: 0,
            failure: None,
            timeline: Vec::new(),
        }
    }

    /// The job as it is once it is of no more use. Its lease stays: a run under way ends no later.
    pub fn cancel(&mut self) {
        self.state = State::Cancelled;
        (self.claim, self.due_at) = (None, None);
    }

    pub fn delivery(&self) -> Delivery {
        Delivery {
            tenant: self.tenant.clone(),
            job: self.id.clone(),
            dispatch: self.dispatch,
            accepted_at: self.accepted_at,
            kind: Some(self.kind.clone()),
            request_id: self.request_id.clone(),
        }
    }

    /// Whether the change from `old` to `new` calls for a message: only a raised `dispatch` does.
    pub fn must_be_sent(old: Option<&Job>, new: &Job) -> bool {
        let sent_before = old.is_some_and(|old| old.dispatch == new.dispatch);
        let goes_to_a_queue = matches!(new.state, State::Queued | State::Running);
        !sent_before && goes_to_a_queue
    }

    /// Whether the change from `old` to `new` is the one that ended the job.
    pub fn has_ended(old: Option<&Job>, new: &Job) -> bool {
        new.state.is_final() && !old.is_some_and(|old| old.state.is_final())
    }

    /// Whether the change from `old` to `new` is the one that paused the job.
    pub fn has_paused(old: Option<&Job>, new: &Job) -> bool {
        new.state == State::Paused && !old.is_some_and(|old| old.state == State::Paused)
    }

    /// Whether an attempt may begin at `at`, by the age that the job may come to.
    pub fn may_start_at(&self, at: Timestamp) -> bool {
        let Some(submission) = &self.submission else { return true };
        let began = submission.run_at.unwrap_or(self.accepted_at);
        submission.plan().max_age().is_none_or(|max_age| at <= began + max_age)
    }

    /// Whether its first attempt would come too late.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.epoch == 0 && self.start_by.is_some_and(|start_by| start_by < now)
    }

    /// How long its queue must hold the message back.
    pub fn delay(&self, now: Timestamp) -> Duration {
        self.due_at.map_or(Duration::ZERO, |due_at| due_at.since(now))
    }

    /// How many epochs ended, or will be taken to have ended, without an outcome.
    pub const fn epochs_without_outcome(&self) -> u32 {
        self.epoch.saturating_sub(self.attempts)
    }

    /// Whether an epoch holds a lease that has not run out.
    pub fn is_leased(&self, now: Timestamp) -> bool {
        self.state == State::Running && self.lease_until.is_some_and(|until| now <= until)
    }

    /// The timeline with the end of the running epoch added, at its bounded length. The job is as it was claimed.
    pub fn timeline_with(&self, ended: Ended<'_>, now: Timestamp) -> Vec<Attempt> {
        let millis = |duration: Duration| u64::try_from(duration.as_millis()).ok();
        let is_submitted = self.submission.is_some();
        let attempt = Attempt {
            epoch: self.epoch,
            ended_at: now,
            code: ended.code.to_owned(),
            ms: millis(now.since(self.updated_at)).filter(|_| is_submitted),
            status: ended.status,
            wait_ms: ended.due_at.and_then(|due_at| millis(due_at.since(now))).filter(|_| is_submitted),
        };
        let mut timeline = self.timeline.clone();
        timeline.push(attempt);
        let surplus = timeline.len().saturating_sub(TIMELINE_LENGTH_MAX);
        timeline.split_off(surplus)
    }
}

fn is_zero<T: Default + PartialEq>(number: &T) -> bool {
    *number == T::default()
}

#[cfg(test)]
mod tests;
