use std::time::Duration;

use futures_util::{StreamExt, stream};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::aws::Original;
use crate::checksum::{Checksum, READS_AT_ONCE};
use crate::clock::Timestamp;
use crate::job::{Cause, Failure};
use crate::operations::perform_image_step::{Failed, gone, unavailable};
use crate::tenant::Tenant;
use crate::upload::Upload;

/// A run that would last longer than its invocation ends this long before it, with an outcome.
const STOPS_BEFORE: Duration = Duration::from_secs(5);

/// Holds the digest of the original against the declared one. It reads and decides, and changes nothing.
///
/// Memory is bounded by the reads that are under way at once, whatever the original's size.
pub(super) async fn verify_original(
    app: &App,
    tenant: &Tenant,
    work: &Checksum,
    deadline: Timestamp,
) -> Result<(), Failed> {
    let key = Upload::original_key(tenant, &work.upload);
    let read = async |(first, last)| app.bucket.read_range(&key, &work.etag, first, last).await;
    let mut reads = std::pin::pin!(stream::iter(work.reads()).map(read).buffered(READS_AT_ONCE));
    let mut digest = Sha256::new();
    while let Some(read) = reads.next().await {
        match read.map_err(unavailable)? {
            Original::Bytes(bytes) => digest.update(&bytes),
            Original::Gone => return Err(gone()),
        }
        if app.clock.now() + STOPS_BEFORE > deadline {
            let detail = "there was no time left to read all of the original";
            return Err(Failure::new(Cause::Transient, "out_of_time", detail).into());
        }
    }
    if hex::encode(&digest.finalize()[..]) == work.sha256 {
        return Ok(());
    }
    let detail = "the SHA-256 of the bytes that arrived is not the announced one";
    Err(Failure::new(Cause::Rejected, "checksum_mismatch", detail).into())
}
