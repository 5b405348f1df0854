use super::read::read_api_key;
use crate::api_key::{ApiKey, Caller};
use crate::app::App;
use crate::error::{Rejected, Result};
use crate::operations::CHANGE_TRIES_MAX;

/// Ends a key, which may do no more than the key that asks. Its row stays for a while: it is the record of the request that made it.
///
/// One conditional write, and none where the key is revoked already. `accepts` judges the key as it was seen; the write
/// fails if the key changed since, and the key is judged anew.
pub async fn revoke_api_key(
    app: &App,
    caller: &Caller,
    id: &str,
    accepts: impl Fn(&ApiKey) -> Result<()>,
) -> Result<()> {
    for _ in 0..CHANGE_TRIES_MAX {
        let seen = read_api_key(app, &caller.tenant, id).await?;
        accepts(&seen)?;
        caller.check_covers_scopes(&seen)?;
        if seen.revoked_at.is_some() {
            return Ok(());
        }
        if app.table.revoke_api_key(&seen, app.clock.now()).await?.is_some() {
            app.known_keys.forget(&seen.id);
            return Ok(());
        }
    }
    Err(Rejected::PreconditionFailed.into())
}
