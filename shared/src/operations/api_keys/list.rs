use crate::api_key::ApiKey;
use crate::app::App;
use crate::error::Result;
use crate::operations::page::{Listing, Page};
use crate::tenant::Tenant;

/// The name that cursors of this listing are signed for.
const LISTING: &str = "api-keys";

/// Lists the tenant's API keys, newest first, those that work no more included while they are kept.
///
/// A tenant has few keys, so all are read, whatever the page.
pub async fn list_api_keys(
    app: &App,
    tenant: &Tenant,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<ApiKey>> {
    let listing = Listing::open(app, tenant, LISTING).await?;
    let before = listing.position(after)?;
    let mut keys = app.table.list_api_keys(tenant).await?;
    keys.sort_by_key(|key| std::cmp::Reverse(key.position()));
    keys.retain(|key| before.as_ref().is_none_or(|before| key.position() < *before));
    let next = listing.cut(&mut keys, limit, ApiKey::position);
    Ok(Page { items: keys, next })
}
