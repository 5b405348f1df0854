use crate::api_key::{ApiKey, ApiKeyRequest, Caller, Credential, KEYS_MAX, State};
use crate::app::App;
use crate::error::{Rejected, Result};
use crate::id::ApiKeyId;
use crate::idempotency::IdempotencyKey;
use crate::operations::register::enter_name;
use crate::register::Registered;

/// A key that was made now or by an earlier request under the same `Idempotency-Key`.
#[derive(Debug)]
pub struct CreatedApiKey {
    pub key: ApiKey,
    /// The key itself, shown by the request that made it and by no other.
    pub credential: Option<Credential>,
}

/// Makes an API key.
///
/// The key's id is entered into the tenant's register first, which bounds the number of keys. One conditional put is then the
/// key and the record of its `Idempotency-Key`. Its answer is the only thing that holds the
/// secret: where that answer is lost, the key is of no use, and is revoked or rotated.
pub async fn create_api_key(
    app: &App,
    caller: &Caller,
    idempotency_key: Option<&IdempotencyKey>,
    request: ApiKeyRequest,
) -> Result<CreatedApiKey> {
    let now = app.clock.now();
    request.validate(caller, now)?;
    let id = match idempotency_key {
        Some(key) => ApiKeyId::derived(&[caller.tenant.as_str(), "create_api_key", key.as_str()]),
        None => ApiKeyId::random(&app.ids),
    };
    let credential = Credential::generate(caller.tenant.clone(), id, &app.ids);
    let key = request.into_api_key(caller, &credential, now);
    let keys = app.table.list_api_keys(&caller.tenant).await?;
    let is_there = keys.iter().any(|other| other.id == key.id);
    let working = keys.iter().filter(|key| key.state(now) == State::Active).count();
    let has_room = is_there
        || working < KEYS_MAX
            && enter_name(app, &caller.tenant, Registered::ApiKeys, key.id.as_str()).await?;
    if !has_room {
        let detail = format!("the tenant has {KEYS_MAX} API keys that work, and may not have more");
        return Err(Rejected::LimitReached { detail }.into());
    }
    match app.table.put_api_key(&key).await? {
        None => Ok(CreatedApiKey { key, credential: Some(credential) }),
        Some(existing) if existing.fingerprint != key.fingerprint => Err(Rejected::KeyReused.into()),
        // The same hash: it is ours, and the first answer of the put was lost.
        Some(existing) if existing.hash == key.hash => {
            Ok(CreatedApiKey { key: existing, credential: Some(credential) })
        }
        Some(existing) => Ok(CreatedApiKey { key: existing, credential: None }),
    }
}
