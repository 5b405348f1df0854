use crate::api_key::ApiKey;
use crate::app::App;
use crate::cursor;
use crate::error::Result;
use crate::operations::list_uploads::{cursor_secret, cut_to_page, position};
use crate::tenant::Tenant;

/// What cursors of this listing are signed for.
const LISTING: &str = "api-keys";

/// Some keys, newest first, and the cursor that continues after them.
#[derive(Debug)]
pub struct ApiKeyPage {
    pub keys: Vec<ApiKey>,
    pub next: Option<String>,
}

/// Lists the tenant's API keys, newest first, those that work no more included while they are kept.
///
/// A tenant has few keys, so all are read, whatever the page.
pub async fn list_api_keys(
    app: &App,
    tenant: &Tenant,
    after: Option<&str>,
    limit: usize,
) -> Result<ApiKeyPage> {
    let secret = cursor_secret(app).await?;
    let before = after.map(|after| position(&secret, tenant, LISTING, after)).transpose()?;
    let mut keys = app.table.list_api_keys(tenant).await?;
    keys.sort_by_key(|key| std::cmp::Reverse(key.position()));
    keys.retain(|key| before.as_ref().is_none_or(|before| key.position() < *before));
    let last = cut_to_page(&mut keys, limit);
    let next = last.map(|last| cursor::sign(&secret, tenant, LISTING, &last.position()));
    Ok(ApiKeyPage { keys, next })
}
