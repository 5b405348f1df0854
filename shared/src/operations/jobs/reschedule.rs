use super::cancel::check_submitted;
use super::changed::ChangedJob;
use super::read::read_job;
use crate::app::App;
use crate::aws::table::Reached;
use crate::error::{Rejected, Result};
use crate::job::{Job, State, after_wait};
use crate::operations::CHANGE_TRIES_MAX;
use crate::submission::Reschedule;
use crate::tenant::Tenant;

/// Has a job run at another time that isn't running and has not ended. Returns the job as it is then.
///
/// One conditional write. Sooner than the queue can delay a message, it raises `dispatch`, so that the message that is under way
/// starts nothing; later, it puts the job into the due index, and that message meets a job that waits. `accepts` judges the job as it
/// was seen; if it changed since, it is judged anew. The row remembers the name of the request, so that repeating it moves nothing
/// again.
pub async fn reschedule_job(
    app: &App,
    tenant: &Tenant,
    id: &str,
    name: &str,
    request: &Reschedule,
    accepts: impl Fn(&Job) -> Result<()>,
) -> Result<ChangedJob> {
    let now = app.clock.now();
    let due_at = request.due_at(now);
    for _ in 0..CHANGE_TRIES_MAX {
        let seen = read_job(app, tenant, id).await?;
        let errors = request.field_errors(now);
        if !errors.is_empty() {
            return Err(Rejected::Invalid { errors }.into());
        }
        if seen.change.as_deref() == Some(name) {
            return Ok(ChangedJob { job: seen, replayed: true });
        }
        accepts(&seen)?;
        check_submitted(&seen)?;
        if !matches!(seen.state, State::Queued | State::Waiting) {
            let detail =
                format!("only a job that waits to run can be rescheduled; it is {}", seen.state.as_str());
            return Err(Rejected::Conflict { detail }.into());
        }
        let next = after_wait(due_at.since(now), now);
        match app.table.reschedule_job(&seen, name, next, now).await? {
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
