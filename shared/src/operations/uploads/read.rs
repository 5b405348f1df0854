use crate::app::App;
use crate::derivative::StepWork;
use crate::error::{Rejected, Result};
use crate::id::{JobId, UploadId};
use crate::job::Job;
use crate::recipe::{Recipe, Step};
use crate::tenant::Tenant;
use crate::upload::{ParentKey, Upload};

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
    /// What the job works on, once the bytes are stored.
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

async fn with_steps(app: &App, upload: Upload) -> Result<UploadWithSteps> {
    let recipe =
        if upload.step_count == 0 { Recipe::default() } else { app.table.recipe_of(&upload).await? };
    let ids: Vec<JobId> = recipe.steps.iter().map(|step| upload.job_id(&step.name)).collect();
    let has_jobs = upload.etag.is_some() && !ids.is_empty();
    let jobs = if has_jobs { app.table.get_jobs(&upload.tenant, &ids).await? } else { Vec::new() };
    let steps = recipe.steps.iter().zip(ids).map(|(step, id)| StepStatus {
        step: step.clone(),
        job: jobs.iter().find(|job| job.id == id).cloned(),
        work: upload.etag.as_deref().map(|etag| StepWork::of(&upload.id, &recipe, step, etag)),
    });
    Ok(UploadWithSteps { steps: steps.collect(), upload })
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
