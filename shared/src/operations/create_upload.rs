use crate::app::App;
use crate::aws::SignedPut;
use crate::clock::Timestamp;
use crate::error::{Rejected, Result};
use crate::id::UploadId;
use crate::request_id::RequestId;
use crate::tenant::Tenant;
use crate::upload::{SIGNATURE_LIFE_MAX, State, Upload, UploadRequest};

/// An upload that was accepted now or by an earlier request under the same key.
#[derive(Debug)]
pub struct CreatedUpload {
    pub upload: Upload,
    /// The request that carries the bytes, and when its signature ends; `None` once they cannot or need not arrive.
    pub put: Option<(SignedPut, Timestamp)>,
    /// Whether an earlier request made it.
    pub replayed: bool,
}

/// Accepts an upload and signs the request that will carry its bytes.
///
/// One conditional put is the upload and the record of its `Idempotency-Key`; signing has no effect, so whatever
/// fails after the put is mended by repeating the request. The upload keeps the id of the request that made it.
pub async fn create_upload(
    app: &App,
    tenant: &Tenant,
    request_id: &RequestId,
    idempotency_key: Option<&str>,
    request: UploadRequest,
) -> Result<CreatedUpload> {
    request.validate()?;
    let now = app.clock.now();
    let id = match idempotency_key {
        Some(key) => UploadId::derived(&[tenant.as_str(), "create_upload", key]),
        None => UploadId::random(&app.ids),
    };
    let (mut upload, recipe) = request.into_upload(tenant.clone(), id, now);
    upload.request_id = Some(request_id.clone());
    let existing = app.table.put_upload(&upload, recipe).await?;
    if existing.as_ref().is_some_and(|existing| existing.fingerprint != upload.fingerprint) {
        return Err(Rejected::KeyReused.into());
    }
    // Made by this very request, it is ours: the first answer of the put was lost.
    let is_ours = |existing: &Upload| {
        (&existing.request_id, existing.created_at) == (&upload.request_id, upload.created_at)
    };
    let replayed = existing.as_ref().is_some_and(|existing| !is_ours(existing));
    let upload = existing.unwrap_or(upload);
    let put = sign(app, &upload, now).await?;
    Ok(CreatedUpload { upload, put, replayed })
}

async fn sign(app: &App, upload: &Upload, now: Timestamp) -> Result<Option<(SignedPut, Timestamp)>> {
    let life = SIGNATURE_LIFE_MAX.min(upload.arrive_by().since(now));
    if upload.state != State::Pending || life.as_secs() == 0 {
        return Ok(None);
    }
    let put = app.bucket.sign_put(upload, now, life).await?;
    Ok(Some((put, now + life)))
}
