use super::read::read_api_key;
use crate::api_key::{ApiKey, Caller, Credential, RotationRequest, State};
use crate::app::App;
use crate::error::{Rejected, Result};
use crate::operations::CHANGE_TRIES_MAX;

/// A key with a new secret.
#[derive(Debug)]
pub struct RotatedApiKey {
    pub key: ApiKey,
    /// The key itself, shown by the request that made the secret and by no other.
    pub credential: Option<Credential>,
}

/// Gives a key a new secret; the one before it works a while longer, and any older one no more.
///
/// One conditional write. It stores the name of the request, so that repeating it rotates nothing again: a second
/// rotation would end the secret that is in use. `accepts` judges the key as it was seen; the write fails if the key
/// changed since, and the key is judged anew.
pub async fn rotate_api_key(
    app: &App,
    caller: &Caller,
    id: &str,
    request_name: &str,
    request: &RotationRequest,
    accepts: impl Fn(&ApiKey) -> Result<()>,
) -> Result<RotatedApiKey> {
    request.validate()?;
    let mut written: Option<Credential> = None;
    for _ in 0..CHANGE_TRIES_MAX {
        let seen = read_api_key(app, &caller.tenant, id).await?;
        if seen.rotation.as_deref() == Some(request_name) {
            // The secret may be ours: the first answer of the write was lost.
            let credential = written.filter(|credential| credential.hash() == seen.hash);
            return Ok(RotatedApiKey { key: seen, credential });
        }
        accepts(&seen)?;
        let now = app.clock.now();
        if seen.state(now) != State::Active {
            let detail = format!("the API key {id} works no more");
            return Err(Rejected::NotFound { detail }.into());
        }
        // The new secret may do what the key may do.
        caller.check_covers(&seen)?;
        let credential = Credential::generate(caller.tenant.clone(), seen.id.clone(), &app.ids);
        let until = now + request.overlap();
        let rotated = app.table.rotate_api_key(&seen, &credential, request_name, until).await?;
        if let Some(key) = rotated {
            app.known_keys.forget(&key.id);
            return Ok(RotatedApiKey { key, credential: Some(credential) });
        }
        written = Some(credential);
    }
    Err(Rejected::PreconditionFailed.into())
}
