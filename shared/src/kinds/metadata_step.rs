//! The step of a recipe that extracts what an image's file says beside its pixels.

use std::time::Duration;

use crate::derivative::{Metadata, StepWork};
use crate::error::Fault;
use crate::image::{self, MetadataOptions};
use crate::job::{Cause, Failure, Job};
use crate::recipe::Action;
use crate::retry::Policy;

use super::contract::{JobKind, Retention, Run, Stopped, unreadable};
use super::image_step::DecodedInput;
use super::room::check_room;
use super::step::{self, compute};

/// Stores the metadata as JSON under a key that depends on the step and its input alone.
pub struct MetadataStep {
    work: StepWork,
    options: MetadataOptions,
}

impl JobKind for MetadataStep {
    type Output = Metadata;
    type Scratch = DecodedInput;

    const NAME: &'static str = "metadata_step";
    const RETRY: Policy = step::RETRY;
    const RETENTION: Retention = Retention::OfParent;
    const TIME_LIMIT: Duration = step::TIME_LIMIT;

    fn read(job: &Job) -> Result<Self, Failure> {
        let work = step::read(job)?;
        match work.step.action {
            Action::Metadata(options) => Ok(Self { work, options }),
            Action::Image(_) | Action::Checksum(_) => Err(unreadable()),
        }
    }

    fn stored_bytes(output: &Metadata) -> u64 {
        output.json_size_bytes
    }

    async fn run(self, run: &Run<'_>, _: &DecodedInput) -> Result<Metadata, Stopped> {
        let Self { work, options } = self;
        let bytes = step::read_bytes(run, &work).await?;
        let metadata = compute(Cause::Rejected, move || image::metadata(&bytes, &options)).await?;
        let json = serde_json::to_vec(&metadata).map_err(|error| Stopped::Failed {
            failure: Failure::new(
                Cause::Impossible,
                "metadata_unwritable",
                "the metadata cannot be written as JSON",
            ),
            cause: Some(Fault::new("writing metadata", error)),
        })?;
        let json_size_bytes = json.len() as u64;
        check_room(run, json_size_bytes).await?;
        let key = work.derived_key(&run.job.tenant);
        run.app.bucket.put_derivative(&key, Metadata::CONTENT_TYPE, json).await?;
        Ok(Metadata { json_size_bytes })
    }
}
