//! The shards of the due index: one key for all that is due would be one partition.

use crate::id::digest;

/// One partition of an index takes 1,000 writes a second; waits are spread over this many.
pub(super) const SHARDS: u8 = 4;

pub(super) fn shard_of(id: &str) -> String {
    format!("due#{}", digest(&[id])[0] % SHARDS)
}
