//! The removal of all that there is of a deleted upload.

use std::time::Duration;

use futures_util::FutureExt;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::app::App;
use crate::clock::Timestamp;
use crate::concurrently;
use crate::error::Fault;
use crate::id::UploadId;
use crate::job::{self, Failure, Job};
use crate::retry::Policy;
use crate::upload::{State, Upload, key};

use super::contract::{JobKind, Retention, Run, Stopped, unreadable};
use super::import::Import;
use super::upload_jobs::{accept, job_of};

/// Storage that fails for a day is waited for.
pub(super) const RETRY: Policy = Policy {
    waits: &[
        Duration::from_secs(2),
        Duration::from_secs(15),
        Duration::from_secs(2 * 60),
        Duration::from_secs(10 * 60),
        Duration::from_secs(60 * 60),
        Duration::from_secs(6 * 60 * 60),
        Duration::from_secs(12 * 60 * 60),
        Duration::from_secs(24 * 60 * 60),
    ],
    jitter_percent: 20,
};

/// A job is read again this often while others move it.
const TRIES_MAX: usize = 10;

/// So many jobs are ended at once.
const JOBS_AT_ONCE: usize = 10;

/// At the very end of a lease, its run may still store something.
const AFTER_LEASE: Duration = Duration::from_secs(1);

/// Carries the deletion of an upload as far as it can be: its jobs are ended, its objects removed, and once nothing can
/// store another one, only what remembers the upload is left.
///
/// The jobs come first. One that is ended cannot be claimed, and one that is not there yet cannot be put: each has a row
/// that says `cancelled`. So all that may still store an object is a run that had been claimed before, and that until
/// its lease ends. Objects that are removed after the last lease stay removed. Before, they are removed, and this job is
/// deferred until then. Every effect is harmless when repeated, and until the last one the row says `deleting`, which
/// the audit looks for: a crash anywhere loses nothing.
pub struct PurgeUpload(UploadId);

/// The input of a job that works on the whole of an upload. Names never change.
#[derive(Serialize, Deserialize)]
pub(super) struct UploadInput {
    pub upload: UploadId,
}

impl UploadInput {
    pub fn read(job: &Job) -> Result<UploadId, Failure> {
        let input: Self = serde_json::from_value(job.input.clone()).map_err(|_| unreadable())?;
        Ok(input.upload)
    }
}

impl JobKind for PurgeUpload {
    type Output = ();
    type Scratch = ();

    const NAME: &'static str = "purge_upload";
    const RETRY: Policy = RETRY;
    const RETENTION: Retention = Retention::For(job::RETENTION);
    const TIME_LIMIT: Duration = Duration::from_secs(10);

    fn read(job: &Job) -> Result<Self, Failure> {
        UploadInput::read(job).map(Self)
    }

    fn stored_bytes((): &()) -> u64 {
        0
    }

    async fn run(self, run: &Run<'_>, (): &()) -> Result<(), Stopped> {
        let app = run.app;
        let upload = app.table.get_upload(&run.job.tenant, &self.0).await?;
        match upload.filter(|upload| upload.state == State::Deleting) {
            Some(upload) => purge(app, &upload).await,
            None => Ok(()),
        }
    }
}

impl PurgeUpload {
    /// The job that removes all that there is of a deleted upload. A `round` of its own makes another one, for when the
    /// first is dead.
    pub fn job_of(upload: &Upload, round: &str, now: Timestamp) -> Job {
        let id = upload.job_id(&format!(":purge{round}"));
        accept(upload, id, Self::NAME, json!({ "upload": upload.id }), now)
    }
}

async fn purge(app: &App, upload: &Upload) -> Result<(), Stopped> {
    let mut last_lease = end_jobs(app, upload).await?;
    app.table.expire_recipe(upload, app.clock.now()).await?;
    let runs = upload.own_runs(app.table.list_runs(upload).await?);
    for run in &runs {
        last_lease = last_lease.max(end_jobs(app, run).await?);
        app.table.expire_recipe(run, app.clock.now()).await?;
    }
    let began_at = app.clock.now();
    let is_empty = remove_objects(app, upload, !runs.is_empty()).await?;
    if let Some(until) = last_lease.filter(|until| began_at <= *until) {
        return Err(Stopped::Deferred { until: until + AFTER_LEASE, failure: None });
    }
    let now = app.clock.now();
    if !is_empty {
        return Err(Stopped::Deferred { until: now, failure: None });
    }
    // Not earlier: until the last lease has ended, each run has to be checked.
    for run in &runs {
        app.table.end_run(run, now).await?;
    }
    app.table.finish_deletion(upload, now).await?;
    Ok(())
}

/// Whether nothing is left to remove.
async fn remove_objects(app: &App, upload: &Upload, has_runs: bool) -> Result<bool, Fault> {
    app.bucket.remove_original(upload).await?;
    // Derivatives are made once the bytes are stored.
    if upload.etag.is_none() || upload.step_count == 0 && !has_runs {
        return Ok(true);
    }
    app.bucket.remove_under(&key::derived_prefix(&upload.tenant, &upload.id)).await
}

/// Ends every job that there is or might be, and returns when the last run under way loses its lease.
async fn end_jobs(app: &App, upload: &Upload) -> Result<Option<Timestamp>, Fault> {
    // Where the recipe is gone already, all of its steps had ended.
    let recipe = app.table.find_recipe(upload).await?.unwrap_or_default();
    let now = app.clock.now();
    let steps = upload.all_tasks(&recipe).into_iter().map(|(name, task)| job_of(upload, &name, task, now));
    let import = upload.source.as_ref().map(|_| Import::job_of(upload, now));
    let mut jobs: Vec<Job> = steps.chain(import).collect();
    jobs.iter_mut().for_each(Job::cancel);
    let ids: Vec<_> = jobs.iter().map(|job| job.id.clone()).collect();
    let found = app.table.get_jobs(&upload.tenant, &ids).await?;
    let ends = jobs.into_iter().map(|job| {
        let seen = found.iter().find(|seen| seen.id == job.id).cloned();
        end_job(app, job, seen).boxed()
    });
    let leases: Result<Vec<Option<Timestamp>>, Fault> =
        concurrently::all(JOBS_AT_ONCE, ends.collect()).await.into_iter().collect();
    Ok(leases?.into_iter().flatten().max())
}

/// Ends one job, and returns until when a run of it may still store something.
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
        if let Some(job) = seen.as_ref().filter(|job| job.state == job::State::Cancelled) {
            return Ok(job.lease_until);
        }
    }
    Err(Fault::new("ending a job", "it goes on moving"))
}
