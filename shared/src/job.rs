//! The job: one row that is the work, the record that it was accepted, and the message that dispatches it.
//!
//! Everything here is pure: rows and the time go in, decisions come out. The writes that carry a decision out, each
//! conditional on what the decision saw, are in [`crate::aws::table`].

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::id::JobId;
use crate::media::Product;
use crate::request_id::RequestId;
use crate::retry;
use crate::tenant::Tenant;
use crate::upload::{Rejection, StepEnd};

mod work;

pub use work::Work;

/// A job whose epochs ended this often without an outcome is dead without being run again.
pub const CRASHES_MAX: u32 = 3;

/// The row keeps this many of the latest attempts, so that it stays under a kilobyte.
pub const TIMELINE_LENGTH_MAX: usize = 4;

/// The row keeps at most this much of what a failure said, so that it stays under a kilobyte.
pub const DETAIL_CHARS_MAX: usize = 64;

/// A lease outlives the invocation that holds it by this much, so that no two invocations work on one job.
pub const LEASE_MARGIN: Duration = Duration::from_secs(5);

/// A dead or cancelled job is kept this long, then DynamoDB removes it.
pub const RETENTION: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A job as it is stored. Attribute names are data: they never change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    pub tenant: Tenant,
    pub id: JobId,
    /// Of the request that caused the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
    pub work: Work,
    pub state: State,
    /// Raised whenever the job must be sent to its queue; a message that carries an older number starts nothing.
    pub dispatch: u32,
    /// Raised by every claim; every later write of that run is conditional on it.
    pub epoch: u32,
    /// Raised only by a write that records how an epoch ended.
    pub attempts: u32,
    pub accepted_at: Timestamp,
    pub updated_at: Timestamp,
    /// Not to be run before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Set while an epoch runs: until then, nobody else may claim. A cancelled job keeps it: until then, the run that it
    /// had may still store something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_until: Option<Timestamp>,
    /// Names the delivery that holds the lease, so that it knows its own claim when the answer was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Product>,
    /// Why the latest attempt failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timeline: Vec<Attempt>,
}

/// Stored and public; the words never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "JobState", description = "How far the job has come.")]
pub enum State {
    /// Sent to its queue, or about to be.
    Queued,
    /// In the due index until the scheduler dispatches it.
    Waiting,
    /// Claimed by an epoch.
    Running,
    Succeeded,
    /// Failed for good.
    Dead,
    /// Of no more use: its upload is deleted. A run under way ends without an outcome.
    Cancelled,
}

impl State {
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Dead | Self::Cancelled)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
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
}

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub cause: Cause,
    /// Stable, in snake case.
    pub code: String,
    /// For people; cut at [`DETAIL_CHARS_MAX`].
    pub detail: String,
}

/// Decides what follows a failure. Stored; the words never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The original can never be used.
    Rejected,
    /// This can never be done, and the original is not to blame.
    Impossible,
    /// May succeed when tried again.
    Transient,
    /// The code panicked.
    Panicked,
    /// Epochs ended without an outcome: a crash, a timeout, or memory that ran out.
    Lost,
}

impl Failure {
    pub fn new(cause: Cause, code: &str, detail: &str) -> Self {
        Self { cause, code: code.to_owned(), detail: detail.chars().take(DETAIL_CHARS_MAX).collect() }
    }

    /// As many epochs ended, and none said how.
    pub fn lost(epochs: u32) -> Self {
        let detail = format!("{epochs} runs ended without an outcome: no time, no memory, or a crash");
        Self::new(Cause::Lost, "crashed", &detail)
    }
}

/// What a queue message says: which dispatch of which job it carries out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    pub tenant: Tenant,
    pub job: JobId,
    pub dispatch: u32,
    /// Tells a job from an earlier one with the same derived id.
    pub accepted_at: Timestamp,
    /// For the log alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
}

impl Job {
    /// A job as it is accepted: dispatched for the first time by the stream record of this very row.
    pub fn accept(tenant: Tenant, id: JobId, work: Work, now: Timestamp) -> Self {
        Self {
            tenant,
            id,
            request_id: None,
            work,
            state: State::Queued,
            dispatch: 1,
            epoch: 0,
            attempts: 0,
            accepted_at: now,
            updated_at: now,
            due_at: None,
            lease_until: None,
            claim: None,
            product: None,
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
            request_id: self.request_id.clone(),
        }
    }

    /// Whether the change from `old` to `new` calls for a message: only a raised `dispatch` does.
    pub fn must_be_sent(old: Option<&Job>, new: &Job) -> bool {
        let sent_before = old.is_some_and(|old| old.dispatch == new.dispatch);
        !sent_before && !new.state.is_final()
    }

    /// How the step that `new` carries out ended, if the change from `old` says that it did.
    pub fn ended_step<'a>(old: Option<&Job>, new: &'a Job) -> Option<(&'a Work, StepEnd)> {
        let was_final = old.is_some_and(|old| old.state.is_final());
        if was_final { None } else { Some((&new.work, new.step_end()?)) }
    }

    /// How the step that this job carries out ended; `None` while it has not.
    pub fn step_end(&self) -> Option<StepEnd> {
        match (self.state, &self.product, &self.failure) {
            (State::Succeeded, Some(product), _) => Some(StepEnd::Made(product.clone())),
            (State::Succeeded, None, _) => Some(StepEnd::Verified),
            (State::Dead, _, Some(failure)) if failure.cause == Cause::Rejected => {
                Some(StepEnd::Rejected(Rejection::new(&failure.code, &failure.detail)))
            }
            (State::Dead, ..) => Some(StepEnd::Failed),
            _ => None,
        }
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

    /// The timeline with the end of the running epoch added, at its bounded length.
    pub fn timeline_with(&self, code: &str, now: Timestamp) -> Vec<Attempt> {
        let attempt = Attempt { epoch: self.epoch, ended_at: now, code: code.to_owned() };
        let mut timeline = self.timeline.clone();
        timeline.push(attempt);
        let surplus = timeline.len().saturating_sub(TIMELINE_LENGTH_MAX);
        timeline.split_off(surplus)
    }
}

/// What must be done with a delivery that could not simply claim its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The delivery had claimed the job already; only the answer was lost.
    Claimed,
    /// An earlier epoch ended without an outcome: run it alone, after all others.
    Suspect,
    /// Too many epochs ended without an outcome: record that it is dead, do not run it.
    Exhausted,
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
    if !same_dispatch || job.state.is_final() || job.state == State::Waiting {
        return Verdict::Settled;
    }
    if job.state == State::Running && job.claim.as_deref() == Some(claim) {
        return Verdict::Claimed;
    }
    if job.is_leased(now) {
        return Verdict::Deferred(defer_for(job, now));
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

/// What follows a recorded failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Dispatched at once, with a delay that the queue can hold.
    Queue { due_at: Timestamp },
    /// Kept in the due index, because the queue cannot hold a delay that long.
    Wait { due_at: Timestamp },
    /// Never run again.
    Die,
}

/// Decides what follows the failure of the epoch that `job` is running.
pub fn after_failure(job: &Job, failure: &Failure, now: Timestamp) -> Next {
    let attempts = job.attempts + 1;
    let spent = match failure.cause {
        Cause::Rejected | Cause::Impossible | Cause::Lost => true,
        Cause::Panicked => attempts >= CRASHES_MAX,
        Cause::Transient => false,
    };
    let wait = job.work.retry_policy().wait_after(&job.id, attempts);
    match wait {
        Some(wait) if !spent && wait <= retry::QUEUE_DELAY_MAX => Next::Queue { due_at: now + wait },
        Some(wait) if !spent => Next::Wait { due_at: now + wait },
        _ => Next::Die,
    }
}

#[cfg(test)]
mod tests;
