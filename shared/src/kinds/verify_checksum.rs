//! The verification of a declared SHA-256, where S3 could not do it: before anything is made of the original.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use sha2::{Digest, Sha256};

use crate::aws::Fetched;
use crate::checksum::{self, Checksum, READS_AT_ONCE};
use crate::job::{Cause, Failure, Job};
use crate::retry::Policy;
use crate::upload::{ParentKey, key};

use super::contract::{JobKind, Retention, Run, Stopped, unreadable};
use super::image_step::DecodedInput;
use super::step;

/// A run that would last longer than its invocation ends this long before it, with an outcome.
const STOPS_BEFORE: Duration = Duration::from_secs(5);

/// Compares the original's digest with the declared one. It reads and decides, and changes nothing.
pub struct VerifyChecksum {
    original_key: String,
    checksum: Checksum,
}

impl JobKind for VerifyChecksum {
    type Output = ();
    type Scratch = DecodedInput;

    const NAME: &'static str = "checksum";
    const RETRY: Policy = step::RETRY;
    const RETENTION: Retention = Retention::OfParent;
    const TIME_LIMIT: Duration = step::TIME_LIMIT;

    fn read(job: &Job) -> Result<Self, Failure> {
        let key = ParentKey::of_job(job).ok_or_else(unreadable)?;
        let checksum = serde_json::from_value(job.input.clone()).map_err(|_| unreadable())?;
        Ok(Self { original_key: key::original(&key.tenant, &key.upload), checksum })
    }

    fn stored_bytes((): &()) -> u64 {
        0
    }

    async fn run(self, run: &Run<'_>, _: &DecodedInput) -> Result<(), Stopped> {
        let Checksum { etag, size_bytes, sha256 } = self.checksum;
        if digest(run, &self.original_key, &etag, size_bytes).await? == sha256 {
            return Ok(());
        }
        let detail = "the SHA-256 of the stored bytes is not the announced one";
        Err(Failure::new(Cause::Rejected, "checksum_mismatch", detail).into())
    }
}

/// In hexadecimal. Memory is bounded by the reads that are under way at once, whatever the file's size.
pub(super) async fn digest(run: &Run<'_>, key: &str, etag: &str, size_bytes: u64) -> Result<String, Stopped> {
    let app = run.app;
    let read = async |(first, last)| app.bucket.read_range(key, etag, first, last).await;
    let mut reads =
        std::pin::pin!(stream::iter(checksum::reads(size_bytes)).map(read).buffered(READS_AT_ONCE));
    let mut digest = Sha256::new();
    while let Some(read) = reads.next().await {
        match read? {
            Fetched::Bytes(bytes) => digest.update(&bytes),
            Fetched::Gone => return Err(step::gone()),
        }
        if app.clock.now() + STOPS_BEFORE > run.deadline {
            let detail = "there was no time left to read all of the original";
            return Err(Failure::new(Cause::Transient, "out_of_time", detail).into());
        }
    }
    Ok(hex::encode(&digest.finalize()[..]))
}
