//! The contract of a kind of job: its properties, and the input that a run of it is handed.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::app::App;
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::job::{Cause, Failure, Job, Made};
use crate::queue::Queue;
use crate::retry;

/// A kind of job. A value of it is the job's input, parsed.
pub trait JobKind: Sized + Send {
    /// The result of a finished job, stored in its row in under 256 bytes.
    type Output: Serialize + DeserializeOwned + Send;
    /// State that the kinds of a queue share between the jobs of a batch.
    type Scratch: Sync;

    /// Stored; it never changes.
    const NAME: &'static str;
    /// When a job that failed is tried again.
    const RETRY: retry::Policy;
    /// How long the row of a job is kept that has succeeded.
    const RETENTION: Retention;
    /// A job isn't begun with less than this left of the invocation: it would be killed in the middle.
    const TIME_LIMIT: Duration;

    /// Reads the input of a job; a failure is final.
    fn read(job: &Job) -> Result<Self, Failure>;

    /// Returns how many bytes of the result are stored in the bucket.
    fn stored_bytes(output: &Self::Output) -> u64;

    /// Returns the status of the HTTP response that the output comes from.
    fn status(_output: &Self::Output) -> Option<u16> {
        None
    }

    /// Carries the job out. It may run more than once, so every effect is harmless when repeated.
    fn run(
        self,
        run: &Run<'_>,
        scratch: &Self::Scratch,
    ) -> impl Future<Output = Result<Self::Output, Stopped>> + Send;
}

/// One run of a job.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    pub app: &'a App,
    /// As it was claimed.
    pub job: &'a Job,
    /// The invocation is killed then.
    pub deadline: Timestamp,
}

/// Runs the jobs of one queue.
pub trait Dispatcher: Sync {
    const QUEUE: Queue;
    const JOBS_AT_ONCE: usize;

    /// Runs a job of any kind of this queue.
    fn run(&self, run: &Run<'_>) -> impl Future<Output = Result<Made, Stopped>> + Send;
}

/// How long the row of a job is kept that has succeeded. Any other is kept for [`crate::job::RETENTION`] after its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    /// As long as its parent, which removes it.
    OfParent,
    /// This long after the job's end.
    For(Duration),
}

/// Why a run ended without an output.
#[derive(Debug)]
pub enum Stopped {
    /// The cause is for the log alone: the job's reader must not see what the system is made of.
    Failed { failure: Failure, cause: Option<Fault> },
    /// The time of the job has not come. It is run again then, and no retry is used up. A failure says why, if it is none of ours.
    Deferred { until: Timestamp, failure: Option<Failure> },
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failed { failure, cause: None }
    }
}

/// AWS did not do what it was asked for, which passes.
impl From<Fault> for Stopped {
    fn from(cause: Fault) -> Self {
        let detail = "storage did not respond as it should";
        let failure = Failure::new(Cause::Transient, "storage_unavailable", detail);
        Self::Failed { failure, cause: Some(cause) }
    }
}

/// The failure of a job whose input is not of its kind.
pub(super) fn unreadable() -> Failure {
    Failure::new(Cause::Impossible, "input_unreadable", "the input is not of this kind of job")
}

pub(super) fn on_wrong_queue(kind: &str, queue: Queue) -> Stopped {
    let detail = format!("{kind} does not run on the queue {}", queue.name());
    Failure::new(Cause::Impossible, "wrong_queue", &detail).into()
}

/// Runs a job as one of kind `K`.
pub(super) async fn run_as<K: JobKind>(run: &Run<'_>, scratch: &K::Scratch) -> Result<Made, Stopped> {
    let made = K::read(run.job)?.run(run, scratch).await?;
    let (stored_bytes, status) = (K::stored_bytes(&made), K::status(&made));
    let output = serde_json::to_value(made).map_err(|error| Stopped::Failed {
        failure: Failure::new(Cause::Impossible, "output_unwritable", "the output is no JSON"),
        cause: Some(Fault::new("writing an output", error)),
    })?;
    let output = Value::Object(serde_json::Map::from_iter([(K::NAME.to_owned(), output)]));
    Ok(Made { output, stored_bytes, status })
}
