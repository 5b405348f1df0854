//! The step of a recipe that makes an image.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::Mutex;

use crate::derivative::{Alternative, Image, StepWork};
use crate::id::UploadId;
use crate::image::{self, Facts, Picture, Rendered, Transform};
use crate::job::{Cause, Failure, Job};
use crate::recipe::Action;
use crate::retry::Policy;

use super::contract::{JobKind, Retention, Run, Stopped, unreadable};
use super::room::check_room;
use super::step::{self, compute};

/// Renders one image, and stores it under a key that depends on the step and its input alone: a crash before the outcome
/// is recorded stores the same bytes again.
pub struct ImageStep {
    work: StepWork,
    transform: Transform,
}

/// The picture that was decoded last. The steps of one upload tend to come in one batch, and decoding is expensive: it was
/// decoded for all of the recipe's images.
#[derive(Default)]
pub struct DecodedInput(Mutex<Option<Arc<Decoded>>>);

struct Decoded {
    upload: UploadId,
    etag: String,
    picture: Picture,
    facts: OnceLock<Facts>,
}

impl JobKind for ImageStep {
    type Output = Image;
    type Scratch = DecodedInput;

    const NAME: &'static str = "image_step";
    const RETRY: Policy = step::RETRY;
    const RETENTION: Retention = Retention::OfParent;
    const TIME_LIMIT: Duration = step::TIME_LIMIT;

    fn read(job: &Job) -> Result<Self, Failure> {
        let work = step::read(job)?;
        match &work.step.action {
            Action::Image(transform) => Ok(Self { transform: transform.clone(), work }),
            Action::Metadata(_) | Action::Checksum(_) => Err(unreadable()),
        }
    }

    fn stored_bytes(output: &Image) -> u64 {
        output.stored_bytes()
    }

    async fn run(self, run: &Run<'_>, decoded: &DecodedInput) -> Result<Image, Stopped> {
        let Self { work, transform } = self;
        let decoded = decoded.picture(run, &work, &transform).await?;
        let is_original = work.step.from.is_none();
        let (rendered, original) = compute(Cause::Impossible, move || {
            let rendered = decoded.picture.render(&transform)?;
            Ok((rendered, is_original.then(|| decoded.facts()).transpose()?))
        })
        .await?;
        let (bucket, tenant) = (&run.app.bucket, &run.job.tenant);
        let Rendered { bytes, format, width, height, alternatives } = rendered;
        let size_bytes = bytes.len() as u64;
        let others = alternatives.iter().map(|other| other.bytes.len() as u64);
        check_room(run, size_bytes + others.sum::<u64>()).await?;
        bucket.put_derivative(&work.derived_key(tenant), format.content_type(), bytes).await?;
        let mut stored = Vec::new();
        for image::Alternative { bytes, format } in alternatives {
            stored.push(Alternative { format, size_bytes: bytes.len() as u64 });
            let key = work.alternative_key(tenant, format);
            bucket.put_derivative(&key, format.content_type(), bytes).await?;
        }
        Ok(Image { format, width, height, size_bytes, alternatives: stored, original })
    }
}

impl DecodedInput {
    async fn picture(
        &self,
        run: &Run<'_>,
        work: &StepWork,
        transform: &Transform,
    ) -> Result<Arc<Decoded>, Stopped> {
        let mut decoded = self.0.lock().await;
        if let Some(decoded) = decoded.as_ref()
            && (&decoded.upload, &decoded.etag) == (&work.upload, &work.etag)
            && decoded.picture.serves(transform)
        {
            return Ok(Arc::clone(decoded));
        }
        // Two decoded pictures at once would double the memory that a batch needs.
        *decoded = None;
        let bytes = step::read_bytes(run, work).await?;
        // The original is not to blame for what a step made of it.
        let refused = if work.step.from.is_none() { Cause::Rejected } else { Cause::Impossible };
        let wanted: Vec<Transform> = work.demands.iter().map(|demand| demand.to_transform()).collect();
        let own = transform.clone();
        let picture = compute(refused, move || {
            let wanted: Vec<&Transform> = wanted.iter().chain([&own]).collect();
            image::decode_for(&bytes, &wanted)
        });
        let picture = picture.await?;
        let (upload, etag) = (work.upload.clone(), work.etag.clone());
        Ok(Arc::clone(decoded.insert(Arc::new(Decoded { upload, etag, picture, facts: OnceLock::new() }))))
    }
}

impl Decoded {
    /// The facts of the picture, computed once.
    fn facts(&self) -> Result<Facts, image::Error> {
        if let Some(facts) = self.facts.get() {
            return Ok(facts.clone());
        }
        let facts = self.picture.facts()?;
        Ok(self.facts.get_or_init(|| facts).clone())
    }
}
