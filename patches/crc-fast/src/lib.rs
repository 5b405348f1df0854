//! The checksums that S3 knows, by the crates `crc` and `crc32fast`, under the interface of `crc-fast`.

use std::fmt;

use crc::{Crc, Table};

/// Processes 16 bytes a step, with 32 KiB of tables: it's what S3 computes of a whole object.
static NVME: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&crc::CRC_64_NVME);

/// Hardly used, so its table is as small as it can be.
static ISCSI: Crc<u32> = Crc::<u32>::new(&crc::CRC_32_ISCSI);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrcAlgorithm {
    Crc32IsoHdlc,
    Crc32Iscsi,
    Crc64Nvme,
}

/// A checksum that is computed piece by piece.
#[derive(Clone)]
pub struct Digest(Inner);

#[derive(Clone)]
enum Inner {
    IsoHdlc(crc32fast::Hasher),
    Iscsi(crc::Digest<'static, u32>),
    Nvme(crc::Digest<'static, u64, Table<16>>),
}

impl Digest {
    pub fn new(algorithm: CrcAlgorithm) -> Self {
        Self(match algorithm {
            CrcAlgorithm::Crc32IsoHdlc => Inner::IsoHdlc(crc32fast::Hasher::new()),
            CrcAlgorithm::Crc32Iscsi => Inner::Iscsi(ISCSI.digest()),
            CrcAlgorithm::Crc64Nvme => Inner::Nvme(NVME.digest()),
        })
    }

    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            Inner::IsoHdlc(hasher) => hasher.update(bytes),
            Inner::Iscsi(digest) => digest.update(bytes),
            Inner::Nvme(digest) => digest.update(bytes),
        }
    }

    /// Returns the checksum of all the pieces so far; one of 32 bits is in the lower half.
    pub fn finalize(&self) -> u64 {
        match self.0.clone() {
            Inner::IsoHdlc(hasher) => hasher.finalize().into(),
            Inner::Iscsi(digest) => digest.finalize().into(),
            Inner::Nvme(digest) => digest.finalize(),
        }
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({:#x})", self.finalize())
    }
}

pub fn checksum(algorithm: CrcAlgorithm, bytes: &[u8]) -> u64 {
    let mut digest = Digest::new(algorithm);
    digest.update(bytes);
    digest.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALGORITHMS: [(CrcAlgorithm, original::CrcAlgorithm, u64); 3] = [
        (CrcAlgorithm::Crc32IsoHdlc, original::CrcAlgorithm::Crc32IsoHdlc, 0xcbf4_3926),
        (CrcAlgorithm::Crc32Iscsi, original::CrcAlgorithm::Crc32Iscsi, 0xe306_9283),
        (CrcAlgorithm::Crc64Nvme, original::CrcAlgorithm::Crc64Nvme, 0xae8b_1486_0a79_9888),
    ];

    #[test]
    fn the_check_values_of_the_catalogue_come_out() {
        for (algorithm, _, check) in ALGORITHMS {
            assert_eq!(checksum(algorithm, b"123456789"), check, "{algorithm:?}");
        }
    }

    #[test]
    fn every_length_comes_out_as_the_original_says_in_one_piece_and_in_several() {
        let bytes: Vec<u8> = (0..3000_u32).map(|index| (index * index / 7) as u8).collect();
        for (algorithm, original, _) in ALGORITHMS {
            for length in (0..600).chain([1023, 1024, 1025, 3000]) {
                let bytes = &bytes[..length];
                let expected = original::checksum(original, bytes);
                assert_eq!(checksum(algorithm, bytes), expected, "{algorithm:?} of {length} bytes");
                let mut digest = Digest::new(algorithm);
                for piece in bytes.chunks(17) {
                    digest.update(piece);
                }
                assert_eq!(digest.finalize(), expected, "{algorithm:?} of {length} bytes in pieces");
            }
        }
    }
}
