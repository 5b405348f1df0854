use crate::app::App;
use crate::error::{Rejected, Result};
use crate::id::SigningKeyId;
use crate::idempotency::IdempotencyKey;
use crate::operations::register::enter_name;
use crate::register::Registered;
use crate::seal;
use crate::secret::SecretName;
use crate::signing_key::{SIGNING_KEYS_MAX, SigningKey, SigningSecret};
use crate::tenant::Tenant;

/// A key that was created now or by an earlier request under the same `Idempotency-Key`.
#[derive(Debug)]
pub struct CreatedSigningKey {
    pub key: SigningKey,
    /// Shown by the request that created the key and by no other.
    pub secret: Option<SigningSecret>,
}

/// Creates a signing key. From then on, within seconds, it signs every request of the tenant's jobs, beside the keys that there are.
///
/// One conditional put is the key and the record of its `Idempotency-Key`. Its answer is the only thing that shows the
/// secret: where that answer is lost, the key is deleted and another one created.
pub async fn create_signing_key(
    app: &App,
    tenant: &Tenant,
    idempotency_key: Option<&IdempotencyKey>,
) -> Result<CreatedSigningKey> {
    let id = match idempotency_key {
        Some(key) => SigningKeyId::derived(&[tenant.as_str(), "create_signing_key", key.as_str()]),
        None => SigningKeyId::random(&app.ids),
    };
    let keys = app.table.list_signing_keys(tenant).await?;
    if let Some(key) = keys.iter().find(|key| key.id == id) {
        return Ok(CreatedSigningKey { key: key.clone(), secret: None });
    }
    let has_room = keys.len() < SIGNING_KEYS_MAX
        && enter_name(app, tenant, Registered::SigningKeys, id.as_str()).await?;
    if !has_room {
        let detail = format!("the tenant has {SIGNING_KEYS_MAX} signing keys, and may not have more");
        return Err(Rejected::LimitReached { detail }.into());
    }
    let secret = SigningSecret::random(&app.ids);
    let sealing = app.secrets.secret(SecretName::SourceSealing, &app.ids).await?;
    let sealed = seal::seal(&sealing, id.as_str(), &secret.reveal(), &app.ids);
    let key = SigningKey { tenant: tenant.clone(), id, sealed, created_at: app.clock.now() };
    let is_new = app.table.put_signing_key(&key).await?;
    if is_new {
        return Ok(CreatedSigningKey { key, secret: Some(secret) });
    }
    // It is ours if it holds our secret: the first answer of the put was lost.
    let keys = app.table.list_signing_keys(tenant).await?;
    let existing = keys.into_iter().find(|other| other.id == key.id).unwrap_or_else(|| key.clone());
    let is_ours = existing.sealed == key.sealed;
    Ok(CreatedSigningKey { key: existing, secret: Some(secret).filter(|_| is_ours) })
}
