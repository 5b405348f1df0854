use std::sync::Arc;

use crate::app::App;
use crate::aws::Original;
use crate::error::Fault;
use crate::id::UploadId;
use crate::image::{self, Picture, Rejection, Rendered};
use crate::job::{Cause, Failure};
use crate::media::{ImageStep, Product};
use crate::tenant::Tenant;
use crate::upload::Upload;

/// The picture that was decoded last: the steps of one upload tend to come in one batch, and decoding is dear.
#[derive(Default)]
pub(super) struct DecodedOriginal(Option<(UploadId, String, Arc<Picture>)>);

/// A failure, and its cause, which is for the log alone: whoever sees the job must not see what the system is made of.
#[derive(Debug)]
pub(super) struct Failed {
    pub failure: Failure,
    pub cause: Option<Fault>,
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self { failure, cause: None }
    }
}

/// Makes one derivative and stores it under a key that depends on the step and the original alone.
///
/// The object is stored before the outcome is recorded: a crash in between stores the same bytes again.
pub(super) async fn perform_image_step(
    app: &App,
    tenant: &Tenant,
    step: &ImageStep,
    decoded: &mut DecodedOriginal,
) -> Result<Product, Failed> {
    let picture = decoded.picture(app, tenant, step).await?;
    let transform = step.step.image.clone();
    let (rendered, original) = compute(Cause::Impossible, move || {
        let rendered = picture.render(&transform)?;
        Ok((rendered, picture.facts()?))
    })
    .await?;
    let Rendered { bytes, format, width, height } = rendered;
    let size_bytes = bytes.len() as u64;
    let key = step.derived_key(tenant);
    app.bucket.put_derivative(&key, format.content_type(), bytes).await.map_err(unavailable)?;
    Ok(Product { format, width, height, size_bytes, original })
}

impl DecodedOriginal {
    async fn picture(
        &mut self,
        app: &App,
        tenant: &Tenant,
        step: &ImageStep,
    ) -> Result<Arc<Picture>, Failed> {
        if let Some((upload, etag, picture)) = &self.0
            && (upload, etag) == (&step.upload, &step.etag)
        {
            return Ok(Arc::clone(picture));
        }
        // Two decoded pictures at once would double the memory that a batch needs.
        self.0 = None;
        let key = Upload::original_key(tenant, &step.upload);
        let Original::Bytes(bytes) = app.bucket.read_original(&key, &step.etag).await.map_err(unavailable)?
        else {
            return Err(gone());
        };
        let picture = Arc::new(compute(Cause::Rejected, move || image::decode(&bytes)).await?);
        self.0 = Some((step.upload.clone(), step.etag.clone(), Arc::clone(&picture)));
        Ok(picture)
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
pub(super) fn gone() -> Failed {
    Failure::new(Cause::Rejected, "original_gone", "the original is no longer stored").into()
}

pub(super) fn unavailable(cause: Fault) -> Failed {
    let failure =
        Failure::new(Cause::Transient, "storage_unavailable", "storage did not answer as it should");
    Failed { failure, cause: Some(cause) }
}
