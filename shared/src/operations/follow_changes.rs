use std::collections::BTreeMap;

use futures_util::future::try_join_all;

use crate::app::App;
use crate::aws::Dispatch;
use crate::aws::table::Change;
use crate::error::Fault;
use crate::id::UploadId;
use crate::job::{Job, Work};
use crate::media::ImageStep;
use crate::metrics::{self, Metric};
use crate::operations::purge_upload::purge_upload;
use crate::recipe::Recipe;
use crate::tenant::Tenant;
use crate::upload::{FollowUp, State, StepEnd, Upload};

/// Does what the changes of a stream batch call for, and answers for each what went wrong with it.
///
/// Every effect is harmless when repeated and none depends on another's having happened, so a batch may come twice,
/// in part, or out of order: a message sent twice meets the claim, a step put twice is put once, a set is a set.
pub async fn follow_changes(app: &App, changes: &[Change]) -> Vec<Option<Fault>> {
    let mut faults: Vec<Option<Fault>> = changes.iter().map(|_| None).collect();
    let mut sends = Sends::default();
    let mut ends = Ends::default();
    for (index, change) in changes.iter().enumerate() {
        match change {
            Change::Job { old, new } => {
                if Job::must_be_sent(old.as_deref(), new) {
                    sends.push(index, Dispatch::of(new, app.clock.now()));
                }
                if let Some((work, end)) = Job::ended_step(old.as_deref(), new) {
                    ends.push(index, &new.tenant, work, end);
                }
            }
            Change::Upload { old, new } => {
                faults[index] = follow_upload(app, old.as_deref(), new).await.err();
            }
            Change::Other => {}
        }
    }
    sends.send(app, &mut faults).await;
    ends.record(app, &mut faults).await;
    faults
}

async fn follow_upload(app: &App, old: Option<&Upload>, new: &Upload) -> Result<(), Fault> {
    match Upload::follow_up(old, new) {
        FollowUp::Nothing => Ok(()),
        FollowUp::PutSteps => {
            put_steps(app, new, &app.table.recipe_of(new).await?).await?;
            Ok(())
        }
        FollowUp::Conclude(state) => {
            conclude(app, new, state).await?;
            Ok(())
        }
        FollowUp::RemoveOriginal => {
            app.table.expire_recipe(new, app.clock.now()).await?;
            remove_original(app, new).await
        }
        FollowUp::Purge => purge_upload(app, new).await,
    }
}

/// Records the state that the ended steps amount to; `false` when it was recorded before.
pub(super) async fn conclude(app: &App, upload: &Upload, state: State) -> Result<bool, Fault> {
    let is_new = app.table.conclude_upload(upload, state, app.clock.now()).await?;
    if is_new && state == State::Rejected {
        metrics::count(Metric::UploadsRejected, upload.request_id.as_ref());
    }
    Ok(is_new)
}

/// Removes all that arrived of an upload that is of no more use; harmless when repeated.
///
/// The parts go first: once they are gone, nothing can become an object any more.
pub(super) async fn remove_original(app: &App, upload: &Upload) -> Result<(), Fault> {
    app.bucket.abort_parts(upload).await?;
    app.bucket.remove(&Upload::original_key(&upload.tenant, &upload.id)).await
}

/// The job that carries out a step of an upload, as it is accepted.
pub(super) fn job_of(app: &App, upload: &Upload, step_name: &str, work: Work) -> Job {
    let id = ImageStep::job_id(upload, step_name);
    let mut job = Job::accept(upload.tenant.clone(), id, work, app.clock.now());
    job.request_id = upload.request_id.clone();
    job
}

/// Puts a job for every step that is ready and has not ended, and answers how many are new; one that is there already stays as it is.
pub(super) async fn put_steps(app: &App, upload: &Upload, recipe: &Recipe) -> Result<u64, Fault> {
    let puts = upload
        .ready_work(recipe)
        .into_iter()
        .map(async |(name, work)| app.table.put_job(&job_of(app, upload, &name, work)).await);
    let put = try_join_all(puts).await?;
    Ok(put.into_iter().map(u64::from).sum())
}

/// Messages to send, each with the index of the change that calls for it.
#[derive(Default)]
struct Sends {
    indexes: Vec<usize>,
    sends: Vec<Dispatch>,
}

impl Sends {
    fn push(&mut self, index: usize, send: Dispatch) {
        self.indexes.push(index);
        self.sends.push(send);
    }

    async fn send(self, app: &App, faults: &mut [Option<Fault>]) {
        for (position, fault) in app.media_queue.send(&self.sends).await {
            if let Some(&index) = self.indexes.get(position) {
                faults[index] = Some(fault);
            }
        }
    }
}

/// Steps that ended, gathered by upload: one write for all of a batch that belong together.
#[derive(Default)]
struct Ends(BTreeMap<(Tenant, UploadId), EndsOfUpload>);

#[derive(Default)]
struct EndsOfUpload {
    /// Of the changes that tell of them.
    indexes: Vec<usize>,
    by_step: BTreeMap<String, StepEnd>,
}

impl Ends {
    fn push(&mut self, index: usize, tenant: &Tenant, work: &Work, end: StepEnd) {
        let ends = self.0.entry((tenant.clone(), work.upload().clone())).or_default();
        ends.indexes.push(index);
        ends.by_step.insert(work.step_name().to_owned(), end);
    }

    async fn record(self, app: &App, faults: &mut [Option<Fault>]) {
        for ((tenant, upload), EndsOfUpload { indexes, by_step }) in self.0 {
            let added = app.table.add_ended_steps(&tenant, &upload, &by_step, app.clock.now()).await;
            if let Err(fault) = added {
                // Every change of the group is to be tried again; the log needs the cause once.
                let cause = fault.chain();
                for index in indexes {
                    faults[index] = Some(Fault::new("adding ended steps to the upload", cause.clone()));
                }
            }
        }
    }
}
