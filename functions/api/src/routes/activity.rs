use shared::operations;

use crate::call::{Call, Query};
use crate::problem::Problem;
use crate::reply::Shown;
use crate::views::activity::{self, ActivityQuery};

pub async fn read(call: Call<(), Query<ActivityQuery>>) -> Result<Shown<activity::Activity>, Problem> {
    let filter = call.query.0.filter();
    let read = operations::activity::read_activity(&call.app, &call.caller.tenant, &filter).await?;
    Ok(Shown(activity::activity(read)))
}
