use crate::api_key::ApiKey;
use crate::app::App;
use crate::error::{Rejected, Result};
use crate::tenant::Tenant;

/// Tells whose request this is by its `Authorization` header.
pub async fn authenticate(app: &App, authorization: Option<&str>) -> Result<Tenant> {
    let refuse = |detail: &str| Rejected::Unauthenticated { detail: detail.to_owned() };
    let header = authorization.ok_or_else(|| refuse("send an API key: Authorization: Bearer mk_…"))?;
    let token = header.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let key = token.and_then(|(_, token)| ApiKey::parse(token.trim()));
    let key = key.ok_or_else(|| refuse("the Authorization header holds no API key"))?;
    if app.table.has_api_key(&key).await? {
        return Ok(key.tenant().clone());
    }
    Err(refuse("the API key is not known").into())
}
