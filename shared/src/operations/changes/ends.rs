use std::collections::BTreeMap;

use futures_util::FutureExt;

use crate::app::App;
use crate::aws::table::Change;
use crate::clock::Timestamp;
use crate::concurrently;
use crate::error::Fault;
use crate::fan_in::End;
use crate::job::{Job, ParentKind, State};
use crate::kinds::http::Http;
use crate::kinds::http::callback::{self, Occasion};
use crate::kinds::{Output, import};
use crate::operations::jobs::put_job_with_input;
use crate::upload::{EndedSteps, ParentKey, Rejection};

/// So many parents are written at once.
const PARENTS_AT_ONCE: usize = 25;

/// Jobs that ended, each with the index of its change.
type EndedJobs<'a> = Vec<(usize, &'a Job)>;

/// Jobs that ended: those of one parent together, so that one write is enough.
#[derive(Default)]
struct Ends<'a> {
    /// By key, and by when the upload or run was accepted.
    uploads: BTreeMap<(ParentKey, Option<Timestamp>), EndedJobs<'a>>,
    imports: EndedJobs<'a>,
    /// Those whose end somebody is told of.
    callbacks: Vec<(usize, &'a Job, Occasion)>,
}

/// Does what follows for the parents of the jobs that ended, and returns what went wrong with which change.
pub(super) async fn record_ends(app: &App, changes: &[Change]) -> Vec<(usize, Fault)> {
    let mut ends = Ends::default();
    for (index, change) in changes.iter().enumerate() {
        let Change::Job { old, new } = change else { continue };
        if Job::has_ended(old.as_deref(), new) {
            ends.push(index, new);
        }
        if let Some(occasion) = Occasion::of(old.as_deref(), new) {
            ends.callbacks.push((index, new, occasion));
        }
    }
    let uploads = ends.uploads.into_iter().map(|((key, at), jobs)| follow_ends(app, key, at, jobs).boxed());
    let imports = ends.imports.into_iter().map(|(index, job)| follow_import(app, index, job).boxed());
    let callbacks = ends.callbacks.into_iter();
    let callbacks =
        callbacks.map(|(index, job, occasion)| follow_callback(app, index, job, occasion).boxed());
    let all = uploads.chain(imports).chain(callbacks).collect();
    concurrently::all(PARENTS_AT_ONCE, all).await.into_iter().flatten().collect()
}

async fn follow_callback(app: &App, index: usize, job: &Job, occasion: Occasion) -> Vec<(usize, Fault)> {
    call_back(app, job, occasion).await.err().map(|fault| (index, fault)).into_iter().collect()
}

/// Puts the job that tells of the end of another, and returns whether that is new. It derives from that end, so that it is put
/// once.
pub(crate) async fn call_back(app: &App, job: &Job, occasion: Occasion) -> Result<bool, Fault> {
    let id = callback::id_of(job, occasion);
    if app.table.get_job(&job.tenant, &id).await?.is_some() {
        return Ok(false);
    }
    let input = Http::of(&app.table.with_input(job).await?);
    match input.and_then(|input| callback::job_of(job, &input, occasion, app.clock.now())) {
        Some(callback) => put_job_with_input(app, callback).await,
        None => Ok(false),
    }
}

async fn follow_import(app: &App, index: usize, job: &Job) -> Vec<(usize, Fault)> {
    end_import(app, job).await.err().map(|fault| (index, fault)).into_iter().collect()
}

/// Rejects the upload of an import that died. One that succeeded has stored the file, and S3 tells intake of it.
pub(crate) async fn end_import(app: &App, job: &Job) -> Result<(), Fault> {
    let (State::Dead, Some(failure)) = (job.state, &job.failure) else { return Ok(()) };
    let Some(key) = ParentKey::of_job(job) else { return Ok(()) };
    let upload = app.table.get_upload(&key.tenant, &key.upload).await?;
    if let Some(upload) = upload.filter(|upload| import::is_parent(job, upload)) {
        import::reject(app, &upload, &Rejection::new(&failure.code, &*failure.detail)).await?;
    }
    Ok(())
}

/// Does what follows for one parent. When that fails, every change of the group is to be tried again.
async fn follow_ends(
    app: &App,
    key: ParentKey,
    at: Option<Timestamp>,
    jobs: EndedJobs<'_>,
) -> Vec<(usize, Fault)> {
    let (indexes, jobs): (Vec<usize>, Vec<&Job>) = jobs.into_iter().unzip();
    let Err(fault) = end_steps_of_upload(app, &key, at, &jobs).await else { return Vec::new() };
    let cause = fault.chain();
    let again = |index| (index, Fault::new("adding ended steps to the upload", cause.clone()));
    indexes.into_iter().map(again).collect()
}

impl<'a> Ends<'a> {
    /// The one place that knows all parents.
    fn push(&mut self, index: usize, job: &'a Job) {
        let Some(parent) = &job.parent else { return };
        match parent.kind {
            ParentKind::Upload | ParentKind::Run => {
                if let Some(key) = ParentKey::of_job(job) {
                    self.uploads.entry((key, parent.at)).or_default().push((index, job));
                }
            }
            ParentKind::Import => self.imports.push((index, job)),
            // A callback: nobody is told of its end.
            ParentKind::Job => {}
        }
    }
}

/// Adds the steps that these jobs carried out to the sets of their upload or run.
async fn end_steps_of_upload(
    app: &App,
    key: &ParentKey,
    at: Option<Timestamp>,
    jobs: &[&Job],
) -> Result<(), Fault> {
    let ends = ended_steps(jobs.iter().copied());
    if ends.is_empty() {
        return Ok(());
    }
    app.table.add_ended_steps(key, at, &ends, app.clock.now()).await
}

/// How the steps ended that these jobs carry out; those that have not ended are left out.
pub(crate) fn ended_steps<'a>(jobs: impl IntoIterator<Item = &'a Job>) -> EndedSteps {
    let mut ends = EndedSteps::default();
    for job in jobs {
        let Some((parent, end)) = job.parent.as_ref().zip(End::of(job)) else { continue };
        let image = match Output::of(job) {
            Some(Output::ImageStep(image)) => image.original,
            _ => None,
        };
        ends.add(&parent.step, end, image.as_ref());
    }
    ends
}
