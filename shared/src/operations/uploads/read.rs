use std::collections::HashMap;

use futures_util::future::try_join_all;

use crate::app::App;
use crate::derivative::StepWork;
use crate::error::{Fault, Rejected, Result};
use crate::id::{JobId, UploadId};
use crate::job::Job;
use crate::recipe::{Recipe, Step};
use crate::tenant::Tenant;
use crate::upload::{ParentKey, Upload};

/// DynamoDB reads at most this many rows in one call.
const JOBS_AT_ONCE: usize = 100;

/// An upload, or one of its runs, with each step of its recipe and the job that carries it out, once there is one.
#[derive(Debug)]
pub struct UploadWithSteps {
    pub upload: Upload,
    pub steps: Vec<StepStatus>,
}

/// A step of a recipe, and how far it has come.
#[derive(Debug)]
pub struct StepStatus {
    pub step: Step,
    /// The job that carries it out, once there is one.
    pub job: Option<Job>,
    /// The task and its bytes, once the bytes are stored.
    pub work: Option<StepWork>,
}

/// Reads an upload of this tenant; consistent with every write that was answered before.
pub async fn read_upload(app: &App, tenant: &Tenant, id: &str) -> Result<UploadWithSteps> {
    let upload = find_upload(app, tenant, id).await?;
    with_steps(app, upload).await
}

/// Reads a run of an upload of this tenant; consistent with every write that was answered before.
pub async fn read_run(app: &App, tenant: &Tenant, id: &str, number: u32) -> Result<UploadWithSteps> {
    let upload = find_upload(app, tenant, id).await?;
    let run = app.table.get_run(&ParentKey { run: Some(number), ..upload.key() }).await?;
    let run = run.filter(|run| upload.has_run(run) && !run.state.is_gone());
    let unknown = || Rejected::NotFound { detail: format!("the upload {id} has no run {number}") };
    with_steps(app, run.ok_or_else(unknown)?).await
}

/// Adds the steps of each upload and their jobs, whose rows are read many at a time.
pub async fn add_steps(app: &App, tenant: &Tenant, uploads: Vec<Upload>) -> Result<Vec<UploadWithSteps>> {
    let recipes = try_join_all(uploads.iter().map(|upload| recipe_of(app, upload))).await?;
    let with_jobs = uploads.iter().zip(&recipes).filter(|(upload, _)| upload.etag.is_some());
    let ids = |(upload, recipe): (&Upload, &Recipe)| {
        recipe.steps.iter().map(|step| upload.job_id(&step.name)).collect::<Vec<_>>()
    };
    let ids: Vec<JobId> = with_jobs.flat_map(ids).collect();
    let mut jobs = HashMap::new();
    for ids in ids.chunks(JOBS_AT_ONCE) {
        let read = app.table.get_jobs(tenant, ids).await?;
        jobs.extend(read.into_iter().map(|job| (job.id.clone(), job)));
    }
    let uploads = uploads.into_iter().zip(recipes);
    Ok(uploads
        .map(|(upload, recipe)| {
            let steps = recipe.steps.iter().map(|step| StepStatus {
                step: step.clone(),
                job: jobs.get(&upload.job_id(&step.name)).cloned(),
                work: upload.etag.as_deref().map(|etag| StepWork::of(&upload.id, &recipe, step, etag)),
            });
            UploadWithSteps { steps: steps.collect(), upload }
        })
        .collect())
}

async fn with_steps(app: &App, upload: Upload) -> Result<UploadWithSteps> {
    let tenant = upload.tenant.clone();
    let missing = || Fault::new("reading the steps", "an upload is missing");
    Ok(add_steps(app, &tenant, vec![upload]).await?.pop().ok_or_else(missing)?)
}

async fn recipe_of(app: &App, upload: &Upload) -> std::result::Result<Recipe, Fault> {
    if upload.step_count == 0 { Ok(Recipe::default()) } else { app.table.recipe_of(upload).await }
}

/// Reads the row of an upload of this tenant that was not deleted.
pub(crate) async fn find_upload(app: &App, tenant: &Tenant, id: &str) -> Result<Upload> {
    let unknown = || Rejected::NotFound { detail: format!("there is no upload {id}") };
    let upload_id = UploadId::parse(id).ok_or_else(unknown)?;
    let upload = app.table.get_upload(tenant, &upload_id).await?.ok_or_else(unknown)?;
    if upload.state.is_gone() {
        return Err(Rejected::Gone { detail: format!("the upload {id} was deleted") }.into());
    }
    Ok(upload)
}
