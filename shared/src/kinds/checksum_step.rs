//! The step of a recipe that computes a digest of the file.

use std::time::Duration;

use crate::derivative::{Digest, StepWork};
use crate::job::{Failure, Job};
use crate::recipe::Action;
use crate::retry::Policy;

use super::contract::{JobKind, Retention, Run, Stopped, unreadable};
use super::image_step::DecodedInput;
use super::step;
use super::verify_checksum::digest;

/// Reads all of the file, and stores nothing but the digest in its row.
pub struct ChecksumStep(StepWork);

impl JobKind for ChecksumStep {
    type Output = Digest;
    type Scratch = DecodedInput;

    const NAME: &'static str = "checksum_step";
    const RETRY: Policy = step::RETRY;
    const RETENTION: Retention = Retention::OfParent;
    const TIME_LIMIT: Duration = step::TIME_LIMIT;

    fn read(job: &Job) -> Result<Self, Failure> {
        let work = step::read(job)?;
        if matches!(work.step.action, Action::Checksum(_)) { Ok(Self(work)) } else { Err(unreadable()) }
    }

    fn stored_bytes(_: &Digest) -> u64 {
        0
    }

    async fn run(self, run: &Run<'_>, _: &DecodedInput) -> Result<Digest, Stopped> {
        let (key, etag) = (self.0.input_key(&run.job.tenant), &self.0.etag);
        let size_bytes = run.app.bucket.size_of(&key, etag).await?.ok_or_else(step::gone)?;
        Ok(Digest { sha256: digest(run, &key, etag, size_bytes).await? })
    }
}
