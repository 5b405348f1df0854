use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;

use crate::app::App;
use crate::aws::Dispatch;
use crate::aws::table::Change;
use crate::error::Fault;
use crate::job::{Job, Work};
use crate::media::StepWork;
use crate::metrics::{self, Metric};
use crate::operations::uploads::purge_upload;
use crate::recipe::Recipe;
use crate::tenant::Tenant;
use crate::upload::{FollowUp, Place, State, StepEnd, Upload};

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
        FollowUp::Advance => {
            advance(app, old, new, &app.table.recipe_of(new).await?).await?;
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
pub(crate) async fn conclude(app: &App, upload: &Upload, state: State) -> Result<bool, Fault> {
    let is_new = app.table.conclude_upload(upload, state, app.clock.now()).await?;
    if is_new && state == State::Rejected {
        metrics::count(Metric::UploadsRejected, upload.request_id.as_ref());
    }
    Ok(is_new)
}

/// Removes all that arrived of an upload that is of no more use; harmless when repeated.
///
/// The parts go first: once they are gone, nothing can become an object any more.
pub(crate) async fn remove_original(app: &App, upload: &Upload) -> Result<(), Fault> {
    app.bucket.abort_parts(upload).await?;
    app.bucket.remove(&Upload::original_key(&upload.tenant, &upload.id)).await
}

/// The job that carries out a step of an upload, as it is accepted.
pub(crate) fn job_of(app: &App, upload: &Upload, step_name: &str, work: Work) -> Job {
    let id = StepWork::job_id(upload, step_name);
    let mut job = Job::accept(upload.tenant.clone(), id, work, app.clock.now());
    job.request_id = upload.request_id.clone();
    job
}

/// Puts a job for every step that became ready since the upload was as `old`, and records those that never will be
/// carried out. Answers how many of both are new: a job that is there already stays as it is.
pub(crate) async fn advance(
    app: &App,
    old: Option<&Upload>,
    new: &Upload,
    recipe: &Recipe,
) -> Result<u64, Fault> {
    if new.run.is_some() && !is_there(app, new).await? {
        app.table.end_run(new, app.clock.now()).await?;
        return Ok(0);
    }
    let ready_before = old.map(|old| old.ready_work(recipe)).unwrap_or_default();
    let ready_before: BTreeSet<&str> = ready_before.iter().map(|(name, _)| name.as_str()).collect();
    let ready = new.ready_work(recipe).into_iter();
    let puts = ready
        .filter(|(name, _)| !ready_before.contains(name.as_str()))
        .map(async |(name, work)| app.table.put_job(&job_of(app, new, &name, work)).await);
    let put: u64 = try_join_all(puts).await?.into_iter().map(u64::from).sum();
    let cut_off = new.cut_off_steps(recipe).into_iter().map(|name| (name, StepEnd::Failed));
    let cut_off: BTreeMap<String, StepEnd> = cut_off.collect();
    if !cut_off.is_empty() {
        app.table.add_ended_steps(new.place(), &cut_off, app.clock.now()).await?;
    }
    Ok(put + cut_off.len() as u64)
}

/// Whether the upload of a run is not deleted. A deletion that comes later finds the run, and ends its jobs.
async fn is_there(app: &App, run: &Upload) -> Result<bool, Fault> {
    let upload = app.table.get_upload(&run.tenant, &run.id).await?;
    Ok(upload.is_some_and(|upload| !upload.state.is_gone() && upload.has_run(run)))
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

/// Steps that ended, gathered by what they belong to: one write for all of a batch that belong together.
#[derive(Default)]
struct Ends(BTreeMap<Place, EndsOfUpload>);

#[derive(Default)]
struct EndsOfUpload {
    /// Of the changes that tell of them.
    indexes: Vec<usize>,
    by_step: BTreeMap<String, StepEnd>,
}

impl Ends {
    fn push(&mut self, index: usize, tenant: &Tenant, work: &Work, end: StepEnd) {
        let place = Place { tenant: tenant.clone(), upload: work.upload().clone(), run: work.run() };
        let ends = self.0.entry(place).or_default();
        ends.indexes.push(index);
        ends.by_step.insert(work.step_name().to_owned(), end);
    }

    async fn record(self, app: &App, faults: &mut [Option<Fault>]) {
        for (place, EndsOfUpload { indexes, by_step }) in self.0 {
            let added = app.table.add_ended_steps(place, &by_step, app.clock.now()).await;
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
