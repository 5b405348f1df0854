use super::list::read_signing_key;
use crate::app::App;
use crate::error::Result;
use crate::tenant::Tenant;

/// Deletes a signing key. Within seconds, it signs no more requests.
pub async fn delete_signing_key(app: &App, tenant: &Tenant, id: &str) -> Result<()> {
    let key = read_signing_key(app, tenant, id).await?;
    Ok(app.table.delete_signing_key(&key).await?)
}
