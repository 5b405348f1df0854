use shared::operations;

use crate::call::Call;
use crate::problem::Problem;
use crate::reply::Shown;
use crate::views::jobs;

pub async fn read(call: Call) -> Result<Shown<jobs::Job>, Problem> {
    let job = operations::jobs::read_job(&call.app, &call.caller.tenant, call.id()).await?;
    Ok(Shown(jobs::job(&job)))
}
