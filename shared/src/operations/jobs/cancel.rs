use super::read::read_job;
use crate::app::App;
use crate::aws::table::Reached;
use crate::error::{Rejected, Result};
use crate::job::{Job, State};
use crate::operations::CHANGE_TRIES_MAX;
use crate::tenant::Tenant;

/// Cancels a job: one that is not running never starts afterwards, one that is running is cancelled when its attempt ends, unless it
/// succeeds. Returns the job as it is then.
///
/// One conditional write; a claim is conditional on the state that it changes, so either the one or the other comes first. A job
/// that is cancelled already stays so. `accepts` judges the job as it was seen; if it changed since, it is judged anew.
pub async fn cancel_job(
    app: &App,
    tenant: &Tenant,
    id: &str,
    accepts: impl Fn(&Job) -> Result<()>,
) -> Result<Job> {
    for _ in 0..CHANGE_TRIES_MAX {
        let seen = read_job(app, tenant, id).await?;
        accepts(&seen)?;
        check_submitted(&seen)?;
        let reached = match seen.state {
            State::Cancelled => return Ok(seen),
            State::Running if seen.cancel_requested => return Ok(seen),
            State::Running => app.table.request_cancel(&seen).await?,
            State::Queued | State::Waiting | State::Paused => {
                app.table.cancel_submitted_job(&seen, app.clock.now()).await?
            }
            State::Succeeded | State::Dead | State::Expired => return Err(has_ended(&seen).into()),
        };
        if let Reached::Changed(job) = reached {
            return Ok(*job);
        }
    }
    Err(Rejected::PreconditionFailed.into())
}

/// Refuses what may be done with submitted jobs alone: others belong to an upload, or tell of the end of a job.
pub(super) fn check_submitted(job: &Job) -> std::result::Result<(), Rejected> {
    if job.submission.is_some() {
        return Ok(());
    }
    let detail = format!("the job {} was not submitted, so it cannot be changed", job.id);
    Err(Rejected::Conflict { detail })
}

fn has_ended(job: &Job) -> Rejected {
    Rejected::Conflict { detail: format!("the job has ended: it is {}", job.state.as_str()) }
}
