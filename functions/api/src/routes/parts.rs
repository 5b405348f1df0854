use shared::operations;

use crate::call::{Call, Json, Query};
use crate::problem::Problem;
use crate::reply::{Done, Shown};
use crate::views::parts::{Completion, PartsPage, PartsQuery, page};
use crate::views::uploads::{self, Summary};

pub async fn list(call: Call<(), Query<PartsQuery>>) -> Result<Shown<PartsPage>, Problem> {
    let Query(query) = &call.query;
    let (from, limit) = (query.from.0, query.limit.as_u32());
    let parts =
        operations::uploads::list_parts(&call.app, &call.caller.tenant, call.id(), from, limit).await?;
    Ok(Shown(page(parts)))
}

pub async fn complete(call: Call<Json<Completion>>) -> Result<Done<Summary>, Problem> {
    check(&call).await?;
    let Json(completion) = &call.body;
    let (app, tenant) = (&call.app, &call.caller.tenant);
    let completed = operations::uploads::complete_upload(app, tenant, call.id(), &completion.parts).await?;
    Ok(Done {
        location: format!("/v1/uploads/{}", completed.upload.id),
        is_done: completed.is_whole,
        view: uploads::summary(completed.upload),
    })
}

pub async fn abort(call: Call) -> Result<Shown<Summary>, Problem> {
    check(&call).await?;
    let upload = operations::uploads::abort_upload(&call.app, &call.caller.tenant, call.id()).await?;
    Ok(Shown(uploads::summary(upload)))
}

/// Fails where `If-Match` says that the upload is not what the client saw.
async fn check<B>(call: &Call<B>) -> Result<(), Problem> {
    if call.precondition.is_given() {
        let upload = operations::uploads::read_upload(&call.app, &call.caller.tenant, call.id()).await?;
        call.precondition.check(&uploads::upload(&call.app, upload).await?)?;
    }
    Ok(())
}
