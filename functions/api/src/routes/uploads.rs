use shared::error::{Error, Rejected};
use shared::operations;
use shared::upload::UploadRequest;

use crate::call::{Call, Json, Query};
use crate::problem::Problem;
use crate::reply::{Created, NoContent, Shown};
use crate::views::created_upload::{CreatedUpload, created_upload};
use crate::views::downloads::{self, DownloadQuery};
use crate::views::listing::Page;
use crate::views::uploads;
use crate::views::uploads_query::UploadsQuery;

pub async fn create(call: Call<Json<UploadRequest>>) -> Result<Created<CreatedUpload>, Problem> {
    let key = call.idempotency_key.as_ref().map(|key| key.as_str());
    let (app, caller) = (&call.app, &call.caller);
    let created = operations::uploads::create_upload(app, caller, &call.request_id, key, call.body.0).await?;
    Ok(Created {
        location: format!("/v1/uploads/{}", created.upload.id),
        replayed: created.replayed,
        view: created_upload(&created),
    })
}

pub async fn read(call: Call) -> Result<Shown<uploads::Upload>, Problem> {
    let upload = operations::uploads::read_upload(&call.app, &call.caller.tenant, call.id()).await?;
    Ok(Shown(uploads::upload(&call.app, upload).await?))
}

pub async fn sign_url(call: Call<(), Query<DownloadQuery>>) -> Result<Shown<downloads::Download>, Problem> {
    let Query(query) = &call.query;
    let request = operations::uploads::DownloadRequest {
        run: query.run,
        derivative: query.derivative.as_deref(),
        accept: query.accept.as_deref(),
        disposition: query.disposition,
        method: query.method,
        life: query.expires_in.as_duration(),
    };
    let signed =
        operations::uploads::sign_download(&call.app, &call.caller.tenant, call.id(), &request).await?;
    Ok(Shown(downloads::download(signed, query.method)))
}

pub async fn delete(call: Call) -> Result<NoContent, Problem> {
    let (app, tenant) = (&call.app, &call.caller.tenant);
    let seen = if call.precondition.is_given() {
        match operations::uploads::read_upload(app, tenant, call.id()).await {
            Ok(read) => {
                let seen = read.upload.clone();
                call.precondition.check(&uploads::upload(app, read).await?)?;
                Some(seen)
            }
            // As it should be: the client that deleted it may have lost the response.
            Err(Error::Rejected(Rejected::Gone { .. })) => return Ok(NoContent),
            Err(error) => return Err(error.into()),
        }
    } else {
        None
    };
    operations::uploads::delete_upload(app, tenant, call.id(), seen.as_ref()).await?;
    Ok(NoContent)
}

pub async fn list(
    call: Call<(), Query<UploadsQuery>>,
) -> Result<Shown<Page<uploads::ListedUpload>>, Problem> {
    let Query(query) = &call.query;
    let includes_derivatives = query.includes_derivatives()?;
    let (app, tenant) = (&call.app, &call.caller.tenant);
    let (filter, limit) = (query.filter(), query.limit.as_usize());
    let cursor = query.cursor.as_deref();
    let page = operations::uploads::list_uploads(app, tenant, &filter, cursor, limit).await?;
    let data = if includes_derivatives {
        let mut data = Vec::new();
        for read in operations::uploads::add_steps(app, tenant, page.items).await? {
            data.push(uploads::listed_with_derivatives(app, read).await?);
        }
        data
    } else {
        page.items.into_iter().map(uploads::listed).collect()
    };
    Ok(Shown(Page { data, next_cursor: page.next }))
}
