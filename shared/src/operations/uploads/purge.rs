use crate::app::App;
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::job::{Job, State};
use crate::operations::changes::{job_of, remove_original};
use crate::operations::runs::runs_of;
use crate::upload::Upload;

/// A job is looked at again this often while others move it.
const TRIES_MAX: usize = 10;

/// Carries the deletion of an upload as far as it can be: its jobs are ended, its objects removed, and once nothing can
/// store another one, only what remembers the upload is left.
///
/// The jobs come first. One that is ended cannot be claimed, and one that is not there yet cannot be put: each has a row
/// that says `cancelled`. So all that may still store an object is a run that had been claimed before, and that until
/// its lease ends. Objects that are removed after the last lease stay removed; before, they are removed, and again in
/// the minute after. Every effect is harmless when repeated, and until the last one the row says `deleting`, which the
/// audit looks for: a crash anywhere loses nothing.
pub(crate) async fn purge_upload(app: &App, upload: &Upload) -> Result<(), Fault> {
    let mut last_lease = end_jobs(app, upload).await?;
    app.table.expire_recipe(upload, app.clock.now()).await?;
    let runs = runs_of(upload, app.table.list_runs(upload).await?);
    for run in &runs {
        last_lease = last_lease.max(end_jobs(app, run).await?);
        app.table.expire_recipe(run, app.clock.now()).await?;
    }
    let began_at = app.clock.now();
    let is_empty = remove_objects(app, upload, !runs.is_empty()).await?;
    let now = app.clock.now();
    match last_lease.filter(|until| began_at <= *until) {
        Some(until) => app.table.defer_purge(upload, until, now).await,
        None if is_empty => {
            // Not earlier: until the last lease has ended, each run is one to look at.
            for run in &runs {
                app.table.end_run(run, now).await?;
            }
            app.table.finish_deletion(upload, now).await
        }
        None => app.table.defer_purge(upload, now, now).await,
    }
}

/// Whether nothing is left to remove.
async fn remove_objects(app: &App, upload: &Upload, has_runs: bool) -> Result<bool, Fault> {
    remove_original(app, upload).await?;
    // What is made of the bytes is made once they have arrived.
    if upload.etag.is_none() || upload.step_count == 0 && !has_runs {
        return Ok(true);
    }
    app.bucket.remove_under(&Upload::derived_prefix(&upload.tenant, &upload.id)).await
}

/// Ends every job that there is or might be, and answers when the last run under way loses its lease.
async fn end_jobs(app: &App, upload: &Upload) -> Result<Option<Timestamp>, Fault> {
    // Where the recipe is gone already, all of its steps had ended.
    let recipe = app.table.find_recipe(upload).await?.unwrap_or_default();
    let jobs = upload.all_work(&recipe).into_iter().map(|(name, work)| {
        let mut job = job_of(app, upload, &name, work);
        job.cancel();
        job
    });
    let jobs: Vec<Job> = jobs.collect();
    let ids: Vec<_> = jobs.iter().map(|job| job.id.clone()).collect();
    let found = app.table.get_jobs(&upload.tenant, &ids).await?;
    let mut last_lease = None;
    for job in jobs {
        let seen = found.iter().find(|seen| seen.id == job.id).cloned();
        last_lease = last_lease.max(end_job(app, job, seen).await?);
    }
    Ok(last_lease)
}

/// Ends one job, and answers until when a run of it may still store something.
async fn end_job(app: &App, absent: Job, mut seen: Option<Job>) -> Result<Option<Timestamp>, Fault> {
    for _ in 0..TRIES_MAX {
        let now = app.clock.now();
        seen = match seen {
            Some(job) if job.state.is_final() => {
                app.table.expire_job(&job, now).await?;
                return Ok(job.lease_until);
            }
            Some(job) => app.table.cancel_job(&job, now).await?,
            None if app.table.put_cancelled_job(&absent, now).await? => return Ok(None),
            None => app.table.get_job(&absent.tenant, &absent.id).await?,
        };
        if let Some(job) = seen.as_ref().filter(|job| job.state == State::Cancelled) {
            return Ok(job.lease_until);
        }
    }
    Err(Fault::new("ending a job", "it goes on moving"))
}
