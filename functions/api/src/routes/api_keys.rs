use shared::api_key::{ApiKey, ApiKeyRequest, RotationRequest};
use shared::operations;

use crate::call::{Call, Json, Query};
use crate::problem::Problem;
use crate::reply::{Created, NoContent, Shown};
use crate::views::api_keys;
use crate::views::listing::{Page, PageQuery};

pub async fn create(call: Call<Json<ApiKeyRequest>>) -> Result<Created<api_keys::ApiKeyWithSecret>, Problem> {
    let key = call.idempotency_key.as_ref();
    let created = operations::api_keys::create_api_key(&call.app, &call.caller, key, call.body.0).await?;
    Ok(Created {
        location: api_keys::location(&created.key),
        replayed: created.credential.is_none(),
        view: api_keys::with_secret(&created.key, created.credential.as_ref(), call.app.clock.now()),
    })
}

pub async fn list(call: Call<(), Query<PageQuery>>) -> Result<Shown<Page<api_keys::ApiKey>>, Problem> {
    let Query(query) = &call.query;
    let (cursor, limit) = (query.cursor.as_deref(), query.limit.as_usize());
    let page = operations::api_keys::list_api_keys(&call.app, &call.caller.tenant, cursor, limit).await?;
    let now = call.app.clock.now();
    let data = page.items.iter().map(|key| api_keys::api_key(key, now)).collect();
    Ok(Shown(Page { data, next_cursor: page.next }))
}

pub async fn read(call: Call) -> Result<Shown<api_keys::ApiKey>, Problem> {
    let key = operations::api_keys::read_api_key(&call.app, &call.caller.tenant, call.id()).await?;
    Ok(Shown(api_keys::api_key(&key, call.app.clock.now())))
}

pub async fn revoke(call: Call) -> Result<NoContent, Problem> {
    let accepts = |key: &ApiKey| is_as_seen(&call, key);
    operations::api_keys::revoke_api_key(&call.app, &call.caller, call.id(), accepts).await?;
    Ok(NoContent)
}

pub async fn rotate(
    call: Call<Json<RotationRequest>>,
) -> Result<Created<api_keys::ApiKeyWithSecret>, Problem> {
    let accepts = |key: &ApiKey| is_as_seen(&call, key);
    let (app, id, request) = (&call.app, call.id(), &call.body.0);
    let rotated =
        operations::api_keys::rotate_api_key(app, &call.caller, id, &call.name, request, accepts).await?;
    Ok(Created {
        location: api_keys::location(&rotated.key),
        replayed: rotated.credential.is_none(),
        view: api_keys::with_secret(&rotated.key, rotated.credential.as_ref(), app.clock.now()),
    })
}

fn is_as_seen<B, P>(call: &Call<B, P>, key: &ApiKey) -> shared::error::Result<()> {
    Ok(call.precondition.check(&api_keys::api_key(key, call.app.clock.now()))?)
}
