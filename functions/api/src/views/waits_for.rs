//! Why a job does not run now.

use schemars::JsonSchema;
use serde::Serialize;
use shared::job::{Job, State};

/// Why a job does not run now.
// Public: the words never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitsFor {
    /// For its turn in the queue.
    Worker,
    /// For the time that it was to run at.
    DueTime,
    /// For its next attempt.
    Retry,
    /// For somebody who retries or cancels it.
    Decision,
}

impl WaitsFor {
    pub fn of(job: &Job) -> Option<Self> {
        match job.state {
            State::Paused => Some(Self::Decision),
            State::Queued | State::Waiting if !job.timeline.is_empty() && job.due_at.is_some() => {
                Some(Self::Retry)
            }
            State::Queued | State::Waiting if job.due_at.is_some() => Some(Self::DueTime),
            State::Queued | State::Waiting => Some(Self::Worker),
            State::Running | State::Succeeded | State::Dead | State::Cancelled | State::Expired => None,
        }
    }
}
