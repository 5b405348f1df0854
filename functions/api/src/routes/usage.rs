use shared::operations;

use crate::call::Call;
use crate::problem::Problem;
use crate::reply::Shown;
use crate::views::usage;

pub async fn read(call: Call) -> Result<Shown<usage::Usage>, Problem> {
    let counted = operations::usage::read_usage(&call.app, &call.caller.tenant).await?;
    Ok(Shown(usage::usage(&counted, &call.app.bounds)))
}
