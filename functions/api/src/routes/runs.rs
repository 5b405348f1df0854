use shared::operations;
use shared::operations::runs::RequestName;
use shared::upload::{RUN_NUMBER_MAX, RunRequest};

use crate::call::{Call, Json};
use crate::problem::{Code, Problem};
use crate::reply::{Created, Shown};
use crate::views::listing::Page;
use crate::views::runs::{self, Run, RunSummary};

pub async fn create(call: Call<Json<RunRequest>>) -> Result<Created<RunSummary>, Problem> {
    let (app, caller, Json(request)) = (&call.app, &call.caller, &call.body);
    let name = RequestName { name: &call.name, is_of_key: call.idempotency_key.is_some() };
    let created =
        operations::runs::create_run(app, caller, &call.request_id, call.id(), name, request).await?;
    let view = runs::summary(created.run);
    Ok(Created { location: view.location().to_owned(), replayed: created.replayed, view })
}

pub async fn list(call: Call) -> Result<Shown<Page<RunSummary>>, Problem> {
    let listed = operations::runs::list_runs(&call.app, &call.caller.tenant, call.id()).await?;
    Ok(Shown(Page { data: listed.into_iter().map(runs::summary).collect(), next_cursor: None }))
}

pub async fn read(call: Call) -> Result<Shown<Run>, Problem> {
    let number = call.path("number");
    let unknown = || Problem::new(Code::NotFound, format!("the upload has no run {number}"));
    let number = number.parse().ok().filter(|number| (1..=RUN_NUMBER_MAX).contains(number));
    let number = number.ok_or_else(unknown)?;
    let run = operations::uploads::read_run(&call.app, &call.caller.tenant, call.id(), number).await?;
    Ok(Shown(runs::run(&call.app, run).await?))
}
