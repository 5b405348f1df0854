use crate::app::App;
use crate::error::Fault;
use crate::seal;
use crate::secret::SecretName;
use crate::signing_key::SigningSecret;
use crate::tenant::Tenant;

/// The secrets that sign this tenant's requests, as they were at most [`crate::signing_key::KNOWN_FOR`] ago.
pub async fn signing_secrets(app: &App, tenant: &Tenant) -> Result<Vec<SigningSecret>, Fault> {
    const DOING: &str = "opening a signing key";
    let now = app.clock.now();
    if let Some(secrets) = app.signing_secrets.of(tenant, now) {
        return Ok(secrets);
    }
    let mut secrets = Vec::new();
    for key in app.table.list_signing_keys(tenant).await? {
        let sealing = app.secrets.secret(SecretName::SourceSealing, &app.ids).await?;
        let secret = seal::open(&sealing, key.id.as_str(), &key.sealed);
        let secret = secret.and_then(|text| SigningSecret::parse(&text));
        secrets.push(secret.ok_or_else(|| Fault::new(DOING, "it was sealed by another secret"))?);
    }
    app.signing_secrets.remember(tenant, &secrets, now);
    Ok(secrets)
}
