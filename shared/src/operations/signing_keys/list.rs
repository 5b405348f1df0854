use crate::app::App;
use crate::error::{Rejected, Result};
use crate::signing_key::SigningKey;
use crate::tenant::Tenant;

/// Lists the tenant's signing keys, newest first. There are few.
pub async fn list_signing_keys(app: &App, tenant: &Tenant) -> Result<Vec<SigningKey>> {
    let mut keys = app.table.list_signing_keys(tenant).await?;
    keys.reverse();
    Ok(keys)
}

/// Reads a signing key of this tenant.
pub async fn read_signing_key(app: &App, tenant: &Tenant, id: &str) -> Result<SigningKey> {
    let keys = app.table.list_signing_keys(tenant).await?;
    let unknown = || Rejected::NotFound { detail: format!("there is no signing key {id}") };
    Ok(keys.into_iter().find(|key| key.id.as_str() == id).ok_or_else(unknown)?)
}
