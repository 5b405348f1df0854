use crate::api_key::ApiKey;
use crate::app::App;
use crate::error::{Rejected, Result};
use crate::id::ApiKeyId;
use crate::tenant::Tenant;

/// Reads an API key of this tenant; consistent with every write that was answered before.
pub async fn read_api_key(app: &App, tenant: &Tenant, id: &str) -> Result<ApiKey> {
    let unknown = || Rejected::NotFound { detail: format!("there is no API key {id}") };
    let key_id = ApiKeyId::parse(id).ok_or_else(unknown)?;
    Ok(app.table.get_api_key(tenant, &key_id).await?.ok_or_else(unknown)?)
}
