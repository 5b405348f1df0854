//! Digests of originals: the job that verifies a declared one where S3 could not, before anything is made of the original,
//! and the step of a recipe that tells one. Both read all of the original.

use serde::{Deserialize, Serialize};

/// Among the steps of its upload, the verification is called this. Stored; it never changes. No step of a recipe may
/// be called so.
pub const CHECKSUM_STEP: &str = ":checksum";

/// How much is read with one request. Memory holds [`READS_AT_ONCE`] of them.
pub const READ_BYTES: u64 = 8 * 1024 * 1024;

/// One connection to S3 is slower than a function's network.
pub const READS_AT_ONCE: usize = 4;

/// Which bytes to read, and what their digest must be. Stored inside the job's row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksum {
    /// The original as it was stored; S3 refuses a read of anything else.
    pub etag: String,
    pub size_bytes: u64,
    /// In hexadecimal, as it was declared.
    pub sha256: String,
}

/// First and last byte of each read, in order: together all of the original.
pub fn reads(size_bytes: u64) -> impl Iterator<Item = (u64, u64)> {
    let starts = (0..size_bytes).step_by(READ_BYTES as usize);
    starts.map(move |first| (first, (first + READ_BYTES).min(size_bytes) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_read_once_and_in_order() {
        for size_bytes in [1, READ_BYTES - 1, READ_BYTES, READ_BYTES + 1, 3 * READ_BYTES + 7] {
            let mut next = 0;
            for (first, last) in reads(size_bytes) {
                assert!(first == next && last >= first && last - first < READ_BYTES);
                next = last + 1;
            }
            assert_eq!(next, size_bytes);
        }
    }
}
