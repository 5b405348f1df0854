use super::admit::{admit_upload, note_accepted};
use crate::api_key::Caller;
use crate::app::App;
use crate::aws::{SignedForm, SignedPut};
use crate::clock::Timestamp;
use crate::error::{Error, Fault, FieldError, Rejected, Result};
use crate::id::UploadId;
use crate::kinds::import::Import;
use crate::operations::rate_limits::charge_recipe;
use crate::operations::recipes::resolve_recipe;
use crate::recipe::ResolvedRecipe;
use crate::request_id::RequestId;
use crate::tenant::Tenant;
use crate::upload::{Method, Plan, SEND_GRACE, SIGNATURE_LIFE_MAX, Source, State, Upload, UploadRequest};

/// An upload that was accepted now or by an earlier request under the same key.
#[derive(Debug)]
pub struct CreatedUpload {
    pub upload: Upload,
    /// The way to send the bytes, and until when; `None` once they cannot or need not arrive.
    pub transfer: Option<(Transfer, Timestamp)>,
    /// Whether an earlier request made it.
    pub replayed: bool,
}

/// How the bytes are to be sent.
#[derive(Debug)]
pub enum Transfer {
    Put(SignedPut),
    Form(SignedForm),
    /// In parts, whose requests are signed when they are asked for.
    Parts(Plan),
}

/// Accepts an upload and signs the request that will carry its bytes.
///
/// One conditional put is the upload and the record of its `Idempotency-Key`; signing has no effect, so whatever
/// fails after the put is mended by repeating the request. The upload keeps the id of the request that made it.
///
/// An upload in parts is begun at S3 before the put, so that no row is ever without S3's name of it, and no second
/// write is needed. A crash in between leaves parts' place that nobody can send to, and that costs nothing: the bucket's
/// lifecycle rule removes it. A request that finds the upload made takes the place away that it made itself.
///
/// The source of a file that Millrace fetches itself is stored, sealed, before the put, for the job that relay puts then.
///
/// The tokens of the recipe's work are taken before anything is written.
///
/// A recipe that is kept by name is read before, and copied. A repeated request is answered the upload that the first one
/// made, even if the recipe has gone since or would no longer do for the file.
pub async fn create_upload(
    app: &App,
    caller: &Caller,
    request_id: &RequestId,
    idempotency_key: Option<&str>,
    request: UploadRequest,
) -> Result<CreatedUpload> {
    validate(app, &request)?;
    let tenant = &caller.tenant;
    let now = app.clock.now();
    let id = match idempotency_key {
        Some(key) => UploadId::derived(&[tenant.as_str(), "create_upload", key]),
        None => UploadId::random(&app.ids),
    };
    let resolved = match recipe_for(app, tenant, &request).await {
        Err(Error::Rejected(rejected)) if idempotency_key.is_some() => {
            let existing = app.table.get_upload(tenant, &id).await?.ok_or(rejected)?;
            if existing.fingerprint != request.fingerprint() {
                return Err(Rejected::KeyReused.into());
            }
            let transfer = transfer(app, &existing, request.method, now).await?;
            return Ok(CreatedUpload { upload: existing, transfer, replayed: true });
        }
        resolved => resolved?,
    };
    let is_verified = request.is_multipart() && request.sha256.is_some();
    charge_recipe(app, caller, &resolved.recipe, request.size_bytes, is_verified).await?;
    let (method, comes_in_parts, source) = (request.method, request.is_multipart(), request.source.clone());
    let (mut upload, recipe) = request.into_upload(resolved, tenant.clone(), id, now);
    upload.request_id = Some(request_id.clone());
    admit_upload(app, &upload, idempotency_key.is_some()).await?;
    if comes_in_parts {
        let s3_upload_id = app.bucket.begin_parts(&upload).await?;
        upload = upload.in_parts(s3_upload_id);
    }
    if let Some(source) = source {
        put_source(app, &upload, &source).await?;
    }
    let existing = app.table.put_upload(&upload, recipe).await?;
    if existing.is_none() {
        note_accepted(app, &upload);
    }
    if existing.as_ref().is_some_and(|existing| existing.multipart != upload.multipart)
        && let Err(fault) = app.bucket.abort_parts(&upload).await
    {
        tracing::warn!(
            error = fault.chain(),
            "a multipart upload that nobody uses is left to the lifecycle rule"
        );
    }
    if existing.as_ref().is_some_and(|existing| existing.fingerprint != upload.fingerprint) {
        return Err(Rejected::KeyReused.into());
    }
    // Made by this very request, it is ours: the first answer of the put was lost.
    let is_ours = |existing: &Upload| {
        (&existing.request_id, existing.created_at) == (&upload.request_id, upload.created_at)
    };
    let replayed = existing.as_ref().is_some_and(|existing| !is_ours(existing));
    let upload = existing.unwrap_or(upload);
    let transfer = transfer(app, &upload, method, now).await?;
    Ok(CreatedUpload { upload, transfer, replayed })
}

/// Checks the request, and that a source's address may be called. A name is judged by its addresses when it is called.
fn validate(app: &App, request: &UploadRequest) -> Result<()> {
    let mut errors = match request.validate() {
        Ok(()) => Vec::new(),
        Err(Rejected::Invalid { errors }) => errors,
        Err(other) => return Err(other.into()),
    };
    let target = request.source.as_ref().and_then(|source| source.target().ok());
    if let Some(Err(error)) = target.map(|target| app.outbound.check(&target)) {
        errors.push(FieldError::new("/source/url", error.to_string()));
    }
    if errors.is_empty() { Ok(()) } else { Err(Rejected::Invalid { errors }.into()) }
}

/// Stores what the import needs to know, before the row that calls for it. It goes by itself once the import is over.
async fn put_source(app: &App, upload: &Upload, source: &Source) -> Result<()> {
    let import = Import::seal(app, upload, source).await?;
    let input = serde_json::to_value(import).map_err(|error| Fault::new("storing a source", error))?;
    let expires_at = upload.send_by() + SEND_GRACE * 2;
    app.table.put_job_input(&Import::job_of(upload, upload.created_at), &input, expires_at).await?;
    Ok(())
}

/// The recipe that the request asks for, if the file is one for it.
async fn recipe_for(app: &App, tenant: &Tenant, request: &UploadRequest) -> Result<ResolvedRecipe> {
    let resolved = resolve_recipe(app, tenant, &request.recipe).await?;
    request.validate_for(&resolved.recipe)?;
    Ok(resolved)
}

async fn transfer(
    app: &App,
    upload: &Upload,
    method: Method,
    now: Timestamp,
) -> Result<Option<(Transfer, Timestamp)>> {
    let life = SIGNATURE_LIFE_MAX.min(upload.send_by().since(now));
    if upload.state != State::Pending || upload.source.is_some() || life.as_secs() == 0 {
        return Ok(None);
    }
    Ok(Some(match (upload.plan(), method) {
        (Some(plan), _) => (Transfer::Parts(plan), upload.send_by()),
        (None, Method::Post) => (Transfer::Form(app.bucket.sign_form(upload, now, life)), now + life),
        (None, Method::Put) => (Transfer::Put(app.bucket.sign_put(upload, now, life).await?), now + life),
    }))
}
