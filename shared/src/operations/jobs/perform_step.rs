use std::sync::Arc;

use super::digest_original::compute_checksum;
use crate::app::App;
use crate::aws::Fetched;
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::id::UploadId;
use crate::image::{self, MetadataOptions, Picture, Rejection, Rendered, Transform};
use crate::job::{Cause, Failure};
use crate::media::{Alternative, Image, Product, StepWork};
use crate::recipe::Action;
use crate::tenant::Tenant;

/// The picture that was decoded last: the steps of one upload tend to come in one batch, and decoding is dear.
#[derive(Default)]
pub(crate) struct DecodedInput(Option<(UploadId, String, Arc<Picture>)>);

/// A failure, and its cause, which is for the log alone: whoever sees the job must not see what the system is made of.
#[derive(Debug)]
pub(crate) struct Failed {
    pub failure: Failure,
    pub cause: Option<Fault>,
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self { failure, cause: None }
    }
}

/// Carries out one step of a recipe.
///
/// What it makes is stored before the outcome is recorded, under keys that depend on the step and its input alone: a
/// crash in between stores the same bytes again.
pub(crate) async fn perform_step(
    app: &App,
    tenant: &Tenant,
    work: &StepWork,
    deadline: Timestamp,
    decoded: &mut DecodedInput,
) -> Result<Product, Failed> {
    match &work.step.action {
        Action::Image(transform) => make_image(app, tenant, work, transform, decoded).await,
        Action::Metadata(options) => extract_metadata(app, tenant, work, *options).await,
        Action::Checksum(_) => compute_checksum(app, tenant, work, deadline).await,
    }
}

async fn make_image(
    app: &App,
    tenant: &Tenant,
    work: &StepWork,
    transform: &Transform,
    decoded: &mut DecodedInput,
) -> Result<Product, Failed> {
    let picture = decoded.picture(app, tenant, work).await?;
    let (transform, is_original) = (transform.clone(), work.step.from.is_none());
    let (rendered, original) = compute(Cause::Impossible, move || {
        let rendered = picture.render(&transform)?;
        Ok((rendered, is_original.then(|| picture.facts()).transpose()?))
    })
    .await?;
    let Rendered { bytes, format, width, height, alternatives } = rendered;
    let size_bytes = bytes.len() as u64;
    store(app, &work.derived_key(tenant), format.content_type(), bytes).await?;
    let mut stored = Vec::new();
    for image::Alternative { bytes, format } in alternatives {
        stored.push(Alternative { format, size_bytes: bytes.len() as u64 });
        store(app, &work.alternative_key(tenant, format), format.content_type(), bytes).await?;
    }
    Ok(Product::Image(Image { format, width, height, size_bytes, alternatives: stored, original }))
}

async fn extract_metadata(
    app: &App,
    tenant: &Tenant,
    work: &StepWork,
    options: MetadataOptions,
) -> Result<Product, Failed> {
    let bytes = read_input(app, tenant, work).await?;
    let metadata = compute(Cause::Rejected, move || image::metadata(&bytes, &options)).await?;
    let json = serde_json::to_vec(&metadata).map_err(|error| Failed {
        failure: Failure::new(
            Cause::Impossible,
            "metadata_unwritable",
            "the metadata cannot be written as JSON",
        ),
        cause: Some(Fault::new("writing metadata", error)),
    })?;
    let json_size_bytes = json.len() as u64;
    store(app, &work.derived_key(tenant), Product::METADATA_TYPE, json).await?;
    Ok(Product::Metadata { json_size_bytes })
}

async fn store(app: &App, key: &str, content_type: &str, bytes: Vec<u8>) -> Result<(), Failed> {
    app.bucket.put_derivative(key, content_type, bytes).await.map_err(unavailable)
}

impl DecodedInput {
    async fn picture(&mut self, app: &App, tenant: &Tenant, work: &StepWork) -> Result<Arc<Picture>, Failed> {
        if let Some((upload, etag, picture)) = &self.0
            && (upload, etag) == (&work.upload, &work.etag)
        {
            return Ok(Arc::clone(picture));
        }
        // Two decoded pictures at once would double the memory that a batch needs.
        self.0 = None;
        let bytes = read_input(app, tenant, work).await?;
        // The original is not to blame for what a step made of it.
        let refused = if work.step.from.is_none() { Cause::Rejected } else { Cause::Impossible };
        let picture = Arc::new(compute(refused, move || image::decode(&bytes)).await?);
        self.0 = Some((work.upload.clone(), work.etag.clone(), Arc::clone(&picture)));
        Ok(picture)
    }
}

async fn read_input(app: &App, tenant: &Tenant, work: &StepWork) -> Result<bytes::Bytes, Failed> {
    let key = work.input_key(tenant);
    let read = match &work.step.from {
        None => app.bucket.read_original(&key, &work.etag).await,
        Some(_) => app.bucket.read_derivative(&key).await,
    };
    match read.map_err(unavailable)? {
        Fetched::Bytes(bytes) => Ok(bytes),
        Fetched::Gone if work.step.from.is_none() => Err(gone()),
        Fetched::Gone => {
            let detail = "what the step works on is no longer stored";
            Err(Failure::new(Cause::Impossible, "source_gone", detail).into())
        }
    }
}

/// Runs CPU-bound work beside the event loop. A panic in it is the job's failure, not the process's.
async fn compute<T: Send + 'static>(
    refused: Cause,
    work: impl FnOnce() -> Result<T, Rejection> + Send + 'static,
) -> Result<T, Failed> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(rejection)) => {
            let failure = Failure::new(refused, rejection.code(), &rejection.to_string());
            // The row keeps only the beginning of what is said here.
            Err(Failed { failure, cause: Some(Fault::new("working on the image", rejection)) })
        }
        Err(panic) => {
            let failure = Failure::new(Cause::Panicked, "panicked", "the job's code panicked");
            Err(Failed { failure, cause: Some(Fault::new("computing", panic)) })
        }
    }
}

/// The original was removed or replaced before the step ran.
pub(crate) fn gone() -> Failed {
    Failure::new(Cause::Rejected, "original_gone", "the original is no longer stored").into()
}

pub(crate) fn unavailable(cause: Fault) -> Failed {
    let failure =
        Failure::new(Cause::Transient, "storage_unavailable", "storage did not answer as it should");
    Failed { failure, cause: Some(cause) }
}
