//! The call of a URL, with a request that a client submitted.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::job::{self, Failure, Job};
use crate::retry::Policy;

use super::contract::{JobKind, Retention, Run, Stopped, unreadable};
pub use answer::Answer;
pub use call::{Body, Call};
pub use callback::{Callback, Callbacks};
pub use request::{HTTP_BODY_BYTES_MAX, HttpRequest, KEPT_BODY_BYTES_MAX, Keep, Method, Statuses};

mod answer;
mod call;
pub mod callback;
mod evaluate;
mod perform;
mod request;
mod retry_after;
mod signature;

/// An attempt takes at most so many seconds, with the look-up of the host's name and the body of the response.
pub const TIMEOUT_SECONDS_MAX: u32 = 50;

/// The time of an attempt unless the job says otherwise.
pub const TIMEOUT_SECONDS: u32 = 30;

/// Sends the request, and keeps of the response what was asked for.
///
/// The request is made at least once, under an id that never changes, and again only after a failure, a crash or a lost
/// lease. The output that has no room in the row is stored before the outcome is recorded, under the number of the run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Http {
    pub call: Call,
    /// The calls that follow the end of the job.
    #[serde(default, skip_serializing_if = "Callbacks::is_none")]
    pub callbacks: Callbacks,
}

impl JobKind for Http {
    type Output = Answer;
    type Scratch = ();

    const NAME: &'static str = "http";
    /// For a job that brings no plan along: a callback.
    const RETRY: Policy = Policy {
        waits: &[
            Duration::from_secs(5),
            Duration::from_secs(30),
            Duration::from_secs(2 * 60),
            Duration::from_secs(10 * 60),
            Duration::from_secs(60 * 60),
            Duration::from_secs(5 * 60 * 60),
            Duration::from_secs(10 * 60 * 60),
        ],
        jitter_percent: 20,
    };
    const RETENTION: Retention = Retention::For(job::RETENTION);
    const TIME_LIMIT: Duration = Duration::from_secs(TIMEOUT_SECONDS_MAX as u64 + 10);

    fn read(job: &Job) -> Result<Self, Failure> {
        Self::of(job).ok_or_else(unreadable)
    }

    fn stored_bytes(_: &Answer) -> u64 {
        0
    }

    fn status(answer: &Answer) -> Option<u16> {
        Some(answer.status)
    }

    async fn run(self, run: &Run<'_>, (): &()) -> Result<Answer, Stopped> {
        perform::perform(run, &self.call).await
    }
}

impl Http {
    /// Reads the input of a job; `None` if it isn't one of this kind.
    pub fn of(job: &Job) -> Option<Self> {
        serde_json::from_value(job.input.clone()).ok()
    }

    /// The input as it is stored.
    pub fn to_input(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}
