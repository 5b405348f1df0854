use std::collections::BTreeSet;

use futures_util::FutureExt;

use crate::app::App;
use crate::concurrently;
use crate::error::Fault;
use crate::job::Job;
use crate::kinds::import::Import;
use crate::kinds::purge_upload::PurgeUpload;
use crate::kinds::remove_original::RemoveOriginal;
use crate::kinds::upload_jobs::job_of;
use crate::metrics::{self, Metric};
use crate::recipe::Recipe;
use crate::upload::{EndedSteps, FollowUp, State, Upload};

/// So many jobs of one upload are put at once.
const PUTS_AT_ONCE: usize = 10;

/// Does what a change of an upload, or of one of its runs, calls for: writes and jobs, and nothing slow.
pub(super) async fn follow_upload(app: &App, old: Option<&Upload>, new: &Upload) -> Result<(), Fault> {
    match Upload::follow_up(old, new) {
        FollowUp::Nothing => {}
        FollowUp::Import => {
            app.table.put_job(&Import::job_of(new, app.clock.now())).await?;
        }
        FollowUp::Advance => {
            advance(app, old, new, &app.table.recipe_of(new).await?).await?;
        }
        FollowUp::Conclude(state) => {
            conclude(app, new, state).await?;
        }
        FollowUp::RemoveOriginal => {
            app.table.put_job(&RemoveOriginal::job_of(new, app.clock.now())).await?;
        }
        FollowUp::Purge => {
            app.table.put_job(&PurgeUpload::job_of(new, "", app.clock.now())).await?;
        }
    }
    Ok(())
}

/// Records the state that the ended steps amount to; `false` when it was recorded before.
pub(crate) async fn conclude(app: &App, upload: &Upload, state: State) -> Result<bool, Fault> {
    let is_new = app.table.conclude_upload(upload, state, app.clock.now()).await?;
    if is_new && state == State::Rejected {
        metrics::count(Metric::UploadsRejected, upload.request_id.as_ref());
    }
    Ok(is_new)
}

/// Puts a job for every step that became ready since the upload was as `old`, and records those that never will be
/// carried out. Returns how many of both are new: a job that is there already stays as it is.
pub(crate) async fn advance(
    app: &App,
    old: Option<&Upload>,
    new: &Upload,
    recipe: &Recipe,
) -> Result<usize, Fault> {
    let now = app.clock.now();
    if new.run.is_some() && !is_there(app, new).await? {
        app.table.end_run(new, now).await?;
        return Ok(0);
    }
    let ready_before = old.map(|old| old.ready_tasks(recipe)).unwrap_or_default();
    let ready_before: BTreeSet<&str> = ready_before.iter().map(|(name, _)| name.as_str()).collect();
    let ready = new.ready_tasks(recipe).into_iter();
    let puts = ready
        .filter(|(name, _)| !ready_before.contains(name.as_str()))
        .map(|(name, task)| put(app, job_of(new, &name, task, now)).boxed())
        .collect();
    let put: Result<Vec<bool>, Fault> = concurrently::all(PUTS_AT_ONCE, puts).await.into_iter().collect();
    let put = put?.into_iter().filter(|is_new| *is_new).count();
    let cut_off = EndedSteps::failed(new.cut_off_steps(recipe));
    if !cut_off.is_empty() {
        app.table.add_ended_steps(&new.key(), Some(new.created_at), &cut_off, app.clock.now()).await?;
    }
    Ok(put + cut_off.failed.len())
}

/// Whether the upload of a run is not deleted. A deletion that comes later finds the run, and ends its jobs.
async fn is_there(app: &App, run: &Upload) -> Result<bool, Fault> {
    let upload = app.table.get_upload(&run.tenant, &run.id).await?;
    Ok(upload.is_some_and(|upload| !upload.state.is_gone() && upload.has_run(run)))
}

async fn put(app: &App, job: Job) -> Result<bool, Fault> {
    app.table.put_job(&job).await
}
