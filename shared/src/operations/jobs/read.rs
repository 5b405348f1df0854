use crate::app::App;
use crate::error::{Rejected, Result};
use crate::id::JobId;
use crate::job::{Job, State};
use crate::kinds::Output;
use crate::kinds::http::{Answer, Http};
use crate::tenant::Tenant;

/// Reads a job of this tenant; consistent with every write that was answered before.
pub async fn read_job(app: &App, tenant: &Tenant, id: &str) -> Result<Job> {
    let unknown = || Rejected::NotFound { detail: format!("there is no job {id}") };
    let job_id = JobId::parse(id).ok_or_else(unknown)?;
    Ok(app.table.get_job(tenant, &job_id).await?.ok_or_else(unknown)?)
}

/// Reads the request that a job sends, wherever it is stored; `None` if the job sends none.
pub async fn read_job_input(app: &App, job: &Job) -> Result<Option<Http>> {
    Ok(Http::of(&app.table.with_input(job).await?))
}

/// Reads the parts of a response that a job kept, wherever they are stored; `None` if it has none.
pub async fn read_job_output(app: &App, job: &Job) -> Result<Option<Answer>> {
    let Some(Output::Http(answer)) = Output::of(job).filter(|_| job.state == State::Succeeded) else {
        return Ok(None);
    };
    if !answer.is_apart {
        return Ok(Some(answer));
    }
    let output = app.table.get_job_output(job).await?;
    Ok(Some(output.and_then(|output| serde_json::from_value(output).ok()).unwrap_or(answer)))
}
