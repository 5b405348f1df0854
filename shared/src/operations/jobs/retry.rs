use super::cancel::check_submitted;
use super::changed::ChangedJob;
use super::read::read_job;
use crate::app::App;
use crate::aws::table::Reached;
use crate::error::{Rejected, Result};
use crate::job::{Job, State};
use crate::operations::CHANGE_TRIES_MAX;
use crate::tenant::Tenant;

/// Runs a job again that has ended or is paused, or at once if it waits for its next attempt. It keeps its id and its history:
/// attempts go on counting, and the plan of retries begins anew. Returns the job as it is then.
///
/// One conditional write, which raises `dispatch`: a message of the attempt that was to come starts nothing. `accepts` judges the
/// job as it was seen; if it changed since, it is judged anew. The row remembers the name of the request, so that repeating it runs
/// nothing again.
pub async fn retry_job(
    app: &App,
    tenant: &Tenant,
    id: &str,
    name: &str,
    accepts: impl Fn(&Job) -> Result<()>,
) -> Result<ChangedJob> {
    for _ in 0..CHANGE_TRIES_MAX {
        let seen = read_job(app, tenant, id).await?;
        if seen.change.as_deref() == Some(name) {
            return Ok(ChangedJob { job: seen, replayed: true });
        }
        accepts(&seen)?;
        check_submitted(&seen)?;
        let has_failed = seen.attempts > 0;
        let is_between_attempts = matches!(seen.state, State::Queued | State::Waiting) && has_failed;
        if !seen.state.is_final() && seen.state != State::Paused && !is_between_attempts {
            let detail = format!("the job has not ended: it is {}", seen.state.as_str());
            return Err(Rejected::Conflict { detail }.into());
        }
        let now = app.clock.now();
        match app.table.retry_job(&seen, name, now).await? {
            Reached::Changed(job) => return Ok(ChangedJob { job: *job, replayed: false }),
            // The first answer of the write was lost.
            Reached::Moved(Some(job)) if job.change.as_deref() == Some(name) => {
                return Ok(ChangedJob { job: *job, replayed: false });
            }
            Reached::Moved(_) => {}
        }
    }
    Err(Rejected::PreconditionFailed.into())
}
