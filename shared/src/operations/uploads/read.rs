use crate::app::App;
use crate::error::{Rejected, Result};
use crate::id::{JobId, UploadId};
use crate::job::Job;
use crate::media::StepWork;
use crate::recipe::{Recipe, Step};
use crate::tenant::Tenant;
use crate::upload::{Place, Upload};

/// An upload, or one of its runs, with each step of its recipe and the job that carries it out, once there is one.
#[derive(Debug)]
pub struct UploadWithSteps {
    pub upload: Upload,
    pub steps: Vec<(Step, Option<Job>)>,
}

/// Reads an upload of this tenant; consistent with every write that was answered before.
pub async fn read_upload(app: &App, tenant: &Tenant, id: &str) -> Result<UploadWithSteps> {
    let upload = find_upload(app, tenant, id).await?;
    with_steps(app, upload).await
}

/// Reads a run of an upload of this tenant; consistent with every write that was answered before.
pub async fn read_run(app: &App, tenant: &Tenant, id: &str, number: u32) -> Result<UploadWithSteps> {
    let upload = find_upload(app, tenant, id).await?;
    let run = app.table.get_run(&Place { run: Some(number), ..upload.place() }).await?;
    let run = run.filter(|run| upload.has_run(run) && !run.state.is_gone());
    let unknown = || Rejected::NotFound { detail: format!("the upload {id} has no run {number}") };
    with_steps(app, run.ok_or_else(unknown)?).await
}

async fn with_steps(app: &App, upload: Upload) -> Result<UploadWithSteps> {
    let recipe =
        if upload.step_count == 0 { Recipe::default() } else { app.table.recipe_of(&upload).await? };
    let has_jobs = upload.etag.is_some() && !recipe.steps.is_empty();
    let ids: Vec<JobId> = recipe.steps.iter().map(|step| job_id(&upload, step)).collect();
    let jobs = if has_jobs { app.table.get_jobs(&upload.tenant, &ids).await? } else { Vec::new() };
    let steps = recipe.steps.into_iter().map(|step| {
        let id = job_id(&upload, &step);
        let job = jobs.iter().find(|job| job.id == id).cloned();
        (step, job)
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

/// Reads a job of this tenant; consistent with every write that was answered before.
pub async fn read_job(app: &App, tenant: &Tenant, id: &str) -> Result<Job> {
    let unknown = || Rejected::NotFound { detail: format!("there is no job {id}") };
    let job_id = JobId::parse(id).ok_or_else(unknown)?;
    Ok(app.table.get_job(tenant, &job_id).await?.ok_or_else(unknown)?)
}

fn job_id(upload: &Upload, step: &Step) -> JobId {
    StepWork::job_id(upload, &step.name)
}
