//! Code that the kinds share which carry out a step of a recipe: reading the bytes, computing, storing.

use std::time::Duration;

use crate::aws::Fetched;
use crate::derivative::StepWork;
use crate::error::Fault;
use crate::image;
use crate::job::{Cause, Failure, Job};
use crate::retry::Policy;

use super::contract::{Run, Stopped, unreadable};

/// The retry policy of every job that works on a stored file.
pub const RETRY: Policy = Policy {
    waits: &[
        Duration::from_secs(2),
        Duration::from_secs(15),
        Duration::from_secs(2 * 60),
        Duration::from_secs(10 * 60),
        Duration::from_secs(60 * 60),
    ],
    jitter_percent: 20,
};

/// The largest image within bounds is decoded and encoded in less.
pub const TIME_LIMIT: Duration = Duration::from_secs(30);

pub(super) fn read(job: &Job) -> Result<StepWork, Failure> {
    StepWork::of_job(job).ok_or_else(unreadable)
}

/// Reads all of the bytes that the step works on.
pub(super) async fn read_bytes(run: &Run<'_>, work: &StepWork) -> Result<bytes::Bytes, Stopped> {
    let key = work.input_key(&run.job.tenant);
    let read = match &work.step.from {
        None => run.app.bucket.read_original(&key, &work.etag).await?,
        Some(_) => run.app.bucket.read_derivative(&key).await?,
    };
    match read {
        Fetched::Bytes(bytes) => Ok(bytes),
        Fetched::Gone if work.step.from.is_none() => Err(gone()),
        Fetched::Gone => {
            let detail = "the image that the step works on is no longer stored";
            Err(Failure::new(Cause::Impossible, "source_gone", detail).into())
        }
    }
}

/// Runs CPU-bound work beside the event loop. A panic in it is the job's failure, not the process's.
pub(super) async fn compute<T: Send + 'static>(
    refused: Cause,
    work: impl FnOnce() -> Result<T, image::Error> + Send + 'static,
) -> Result<T, Stopped> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            let failure = Failure::new(refused, error.code(), &error.to_string());
            // The row keeps only the beginning of the error's text.
            Err(Stopped::Failed { failure, cause: Some(Fault::new("working on the image", error)) })
        }
        Err(panic) => {
            let failure = Failure::new(Cause::Panicked, "panicked", "the job's code panicked");
            Err(Stopped::Failed { failure, cause: Some(Fault::new("computing", panic)) })
        }
    }
}

/// The original was removed or replaced before the job ran.
pub(super) fn gone() -> Stopped {
    Failure::new(Cause::Rejected, "original_gone", "the original is no longer stored").into()
}
