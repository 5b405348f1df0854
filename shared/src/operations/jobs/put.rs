use std::time::Duration;

use serde_json::Value;

use crate::app::App;
use crate::error::Fault;
use crate::job::Job;

/// An input of more than this, as JSON, has an item of its own, so that the row stays under a kilobyte.
const INLINE_INPUT_BYTES_MAX: usize = 512;

/// An input that has an item of its own is kept this long after its job was due. The job is over long before, unless nobody
/// looks after a paused one.
const INPUT_KEPT_FOR: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// Puts a job unless it is there already; `false` when it was.
pub async fn put_job_with_input(app: &App, job: Job) -> Result<bool, Fault> {
    let job = store_input(app, job).await?;
    app.table.put_job(&job).await
}

/// Stores the input of a job that is about to be put, if it is too long for the row, and returns the job without it. The
/// input comes first, so that no row is ever without one.
pub async fn store_input(app: &App, job: Job) -> Result<Job, Fault> {
    if job.input.to_string().len() <= INLINE_INPUT_BYTES_MAX {
        return Ok(job);
    }
    let expires_at = job.due_at.unwrap_or(job.accepted_at) + INPUT_KEPT_FOR;
    app.table.put_job_input(&job, &job.input, expires_at).await?;
    Ok(Job { input: Value::Null, input_apart: true, ..job })
}
