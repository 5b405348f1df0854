use shared::operations::signing_keys as operations;

use crate::call::Call;
use crate::problem::Problem;
use crate::reply::{Created, NoContent, Shown};
use crate::views::listing::Page;
use crate::views::signing_keys::{self, SigningKey, SigningKeyWithSecret};

pub async fn create(call: Call) -> Result<Created<SigningKeyWithSecret>, Problem> {
    let key = call.idempotency_key.as_ref();
    let created = operations::create_signing_key(&call.app, &call.caller.tenant, key).await?;
    Ok(Created {
        location: signing_keys::location(&created.key),
        replayed: created.secret.is_none(),
        view: signing_keys::with_secret(&created.key, created.secret.as_ref()),
    })
}

pub async fn list(call: Call) -> Result<Shown<Page<SigningKey>>, Problem> {
    let keys = operations::list_signing_keys(&call.app, &call.caller.tenant).await?;
    Ok(Shown(Page { data: keys.iter().map(signing_keys::signing_key).collect(), next_cursor: None }))
}

pub async fn read(call: Call) -> Result<Shown<SigningKey>, Problem> {
    let key = operations::read_signing_key(&call.app, &call.caller.tenant, call.id()).await?;
    Ok(Shown(signing_keys::signing_key(&key)))
}

pub async fn delete(call: Call) -> Result<NoContent, Problem> {
    operations::delete_signing_key(&call.app, &call.caller.tenant, call.id()).await?;
    Ok(NoContent)
}
