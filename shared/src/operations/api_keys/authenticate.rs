use std::time::Duration;

use crate::api_key::{ApiKey, Caller, Credential};
use crate::app::App;
use crate::clock::Timestamp;
use crate::error::{Fault, Rejected, Result};

/// A secret that does not fit the key as it was read may be a new one, so the key is read again. If that did not help, it is
/// not read again for so long: whoever guesses at a key costs a read a second.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Tells who makes a request by its `Authorization` header.
///
/// A key is read at most once a minute by each process, and its use is recorded once a day: no call costs a write. Whether
/// it is good never depends on who else calls from the same address.
pub async fn authenticate(app: &App, authorization: Option<&str>) -> Result<Caller> {
    let header = authorization.ok_or_else(|| refuse("send an API key: Authorization: Bearer mk_…"))?;
    let token = header.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let credential = token.and_then(|(_, token)| Credential::parse(token.trim()));
    let credential = credential.ok_or_else(|| refuse("the Authorization header holds no API key"))?;
    let now = app.clock.now();
    let known = app.known_keys.get(credential.id(), now).filter(|known| {
        known.key.tenant == *credential.tenant()
            && (known.key.admits(&credential, now)
                || known.read_in_vain_at.is_some_and(|at| now.since(at) < READ_AGAIN_AFTER))
    });
    let key = match known {
        Some(known) => Some(known.key),
        None => read(app, &credential, now).await?,
    };
    // Not even whether there is such a key is told to whom it does not belong.
    let key = key.filter(|key| key.admits(&credential, now));
    Ok(key.ok_or_else(|| refuse("the API key is unknown, expired or revoked"))?.caller())
}

fn refuse(detail: &str) -> Rejected {
    Rejected::Unauthenticated { detail: detail.to_owned() }
}

async fn read(
    app: &App,
    credential: &Credential,
    now: Timestamp,
) -> std::result::Result<Option<ApiKey>, Fault> {
    let Some(key) = app.table.get_api_key(credential.tenant(), credential.id()).await? else {
        return Ok(None);
    };
    let admits = key.admits(credential, now);
    app.known_keys.put(&key, now, (!admits).then_some(now));
    let today = now.to_date();
    if admits && key.last_used_on.as_deref() != Some(&today) {
        app.table.touch_api_key(&key, &today).await?;
    }
    Ok(Some(key))
}
