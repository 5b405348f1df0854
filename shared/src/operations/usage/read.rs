use crate::app::App;
use crate::error::Result;
use crate::tenant::Tenant;
use crate::usage::Counted;

/// Returns what a tenant has stored and in flight, as it was counted some seconds ago.
pub async fn read_usage(app: &App, tenant: &Tenant) -> Result<Counted> {
    Ok(app.table.usage_of(tenant).await?)
}
