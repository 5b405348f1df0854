use flate2::Crc;

use crate::image::bounds::FRAMES_MAX;
use crate::image::error::Error;
use crate::image::fields::u32_be;
use crate::image::format::SourceFormat;

const SIGNATURE_BYTES: usize = 8;
/// A chunk's length and kind, before its payload.
const HEAD_BYTES: usize = 8;
const CHECKSUM_BYTES: usize = 4;

/// The chunks of a file, before anything is decoded.
#[derive(Default)]
pub struct Survey<'a> {
    pub exif: Option<&'a [u8]>,
    pub profile: Option<&'a [u8]>,
    /// Whether the file says where it ends. One that does not may be whole, or cut off.
    pub ends: bool,
}

impl<'a> Survey<'a> {
    /// Walks the chunks to the one that ends the file, or to what is none after the pixels have begun.
    pub fn of(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut survey = Self::default();
        let mut has_pixels = false;
        let mut rest = bytes.get(SIGNATURE_BYTES..).unwrap_or_default();
        while let Some(Chunk { kind, payload, checksum, next }) = Chunk::read(rest) {
            match kind {
                b"IEND" => {
                    survey.ends = true;
                    break;
                }
                b"IDAT" => {
                    has_pixels = true;
                    check(kind, payload, checksum)?;
                }
                b"acTL" if u32_be(payload, 0).is_some_and(|frames| frames > FRAMES_MAX) => {
                    return Err(Error::TooManyFrames);
                }
                b"iCCP" => survey.profile = survey.profile.or(Some(payload)),
                b"eXIf" => survey.exif = Some(payload),
                _ => {}
            }
            rest = next;
        }
        // The last of them may be cut off.
        has_pixels |= rest.get(4..HEAD_BYTES) == Some(b"IDAT");
        if has_pixels { Ok(survey) } else { Err(Error::Truncated { format: SourceFormat::Png }) }
    }
}

/// A chunk that is all there.
struct Chunk<'a> {
    kind: &'a [u8; 4],
    payload: &'a [u8],
    checksum: u32,
    next: &'a [u8],
}

impl<'a> Chunk<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (head, rest) = bytes.split_at_checked(HEAD_BYTES)?;
        let (payload, rest) = rest.split_at_checked(u32_be(head, 0)? as usize)?;
        let (checksum, next) = rest.split_at_checked(CHECKSUM_BYTES)?;
        Some(Self { kind: head.last_chunk()?, payload, checksum: u32_be(checksum, 0)?, next })
    }
}

/// The decoder reads checksums after it has handed out the last row, so that it would miss the last of them.
fn check(kind: &[u8], payload: &[u8], checksum: u32) -> Result<(), Error> {
    let mut crc = Crc::new();
    crc.update(kind);
    crc.update(payload);
    if crc.sum() == checksum {
        Ok(())
    } else {
        Err(Error::corrupt(SourceFormat::Png, "has a checksum that does not match"))
    }
}
