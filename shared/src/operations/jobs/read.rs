use crate::app::App;
use crate::error::{Rejected, Result};
use crate::id::JobId;
use crate::job::Job;
use crate::tenant::Tenant;

/// Reads a job of this tenant; consistent with every write that was answered before.
pub async fn read_job(app: &App, tenant: &Tenant, id: &str) -> Result<Job> {
    let unknown = || Rejected::NotFound { detail: format!("there is no job {id}") };
    let job_id = JobId::parse(id).ok_or_else(unknown)?;
    Ok(app.table.get_job(tenant, &job_id).await?.ok_or_else(unknown)?)
}
