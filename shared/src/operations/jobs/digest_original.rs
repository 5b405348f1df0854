use std::time::Duration;

use futures_util::{StreamExt, stream};
use sha2::{Digest, Sha256};

use super::perform_step::{Failed, gone, unavailable};
use crate::app::App;
use crate::aws::Fetched;
use crate::checksum::{self, Checksum, READS_AT_ONCE};
use crate::clock::Timestamp;
use crate::job::{Cause, Failure};
use crate::media::{Product, StepWork};
use crate::tenant::Tenant;
use crate::upload::Upload;

/// A run that would last longer than its invocation ends this long before it, with an outcome.
const STOPS_BEFORE: Duration = Duration::from_secs(5);

/// Holds the digest of the original against the declared one. It reads and decides, and changes nothing.
pub(crate) async fn verify_original(
    app: &App,
    tenant: &Tenant,
    work: &Checksum,
    deadline: Timestamp,
) -> Result<(), Failed> {
    let key = Upload::original_key(tenant, &work.upload);
    if digest(app, &key, &work.etag, work.size_bytes, deadline).await? == work.sha256 {
        return Ok(());
    }
    let detail = "the SHA-256 of the bytes that arrived is not the announced one";
    Err(Failure::new(Cause::Rejected, "checksum_mismatch", detail).into())
}

/// Tells the digest of the original.
pub(crate) async fn compute_checksum(
    app: &App,
    tenant: &Tenant,
    work: &StepWork,
    deadline: Timestamp,
) -> Result<Product, Failed> {
    let key = work.input_key(tenant);
    let size_bytes = app.bucket.size_of(&key, &work.etag).await.map_err(unavailable)?.ok_or_else(gone)?;
    Ok(Product::Checksum { sha256: digest(app, &key, &work.etag, size_bytes, deadline).await? })
}

/// In hexadecimal. Memory is bounded by the reads that are under way at once, whatever the original's size.
async fn digest(
    app: &App,
    key: &str,
    etag: &str,
    size_bytes: u64,
    deadline: Timestamp,
) -> Result<String, Failed> {
    let read = async |(first, last)| app.bucket.read_range(key, etag, first, last).await;
    let mut reads =
        std::pin::pin!(stream::iter(checksum::reads(size_bytes)).map(read).buffered(READS_AT_ONCE));
    let mut digest = Sha256::new();
    while let Some(read) = reads.next().await {
        match read.map_err(unavailable)? {
            Fetched::Bytes(bytes) => digest.update(&bytes),
            Fetched::Gone => return Err(gone()),
        }
        if app.clock.now() + STOPS_BEFORE > deadline {
            let detail = "there was no time left to read all of the original";
            return Err(Failure::new(Cause::Transient, "out_of_time", detail).into());
        }
    }
    Ok(hex::encode(&digest.finalize()[..]))
}
