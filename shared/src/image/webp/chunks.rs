use crate::image::animation::Timeline;
use crate::image::bounds::FRAMES_MAX;
use crate::image::error::Error;
use crate::image::fields::{u16_le, u24_le, u32_le};
use crate::image::format::SourceFormat;
use crate::image::size::Size;

/// The file's own frame, `RIFF….WEBP`.
const FILE_FRAME_BYTES: usize = 12;
/// A chunk's kind and length.
const CHUNK_FRAME_BYTES: usize = 8;
/// The head of an animation's frame.
const FRAME_HEADER_BYTES: usize = 16;
const CLEARS_AFTER: u8 = 0x01;
const REPLACES_BELOW: u8 = 0x02;

/// The size of the picture, or of the canvas that frames are drawn on, by the first chunk.
pub fn read_size(bytes: &[u8]) -> Result<Option<Size>, Error> {
    let Some(kind) = bytes.get(FILE_FRAME_BYTES..FILE_FRAME_BYTES + 4) else { return Ok(None) };
    let payload = bytes.get(FILE_FRAME_BYTES + CHUNK_FRAME_BYTES..).unwrap_or_default();
    match kind {
        b"VP8X" => Ok(size_at(payload, 4)),
        b"VP8 " => Ok(u16_le(payload, 6).zip(u16_le(payload, 8)).map(|(width, height)| Size {
            width: u32::from(width & 0x3FFF),
            height: u32::from(height & 0x3FFF),
        })),
        b"VP8L" => Ok(u32_le(payload, 1)
            .map(|bits| Size { width: (bits & 0x3FFF) + 1, height: (bits >> 14 & 0x3FFF) + 1 })),
        _ => Err(Error::corrupt(SourceFormat::WebP, "does not start with a picture")),
    }
}

/// The chunks of a file, before anything is decoded.
#[derive(Default)]
pub struct Survey<'a> {
    pub exif: Option<&'a [u8]>,
    pub profile: Option<&'a [u8]>,
    /// Empty for a still picture.
    pub frames: Vec<Frame<'a>>,
    pub timeline: Timeline,
}

#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// In pixels.
    pub left: u32,
    /// In pixels.
    pub top: u32,
    pub size: Size,
    pub duration_ms: u32,
    /// Whether it is drawn over what is there, rather than instead of it.
    pub is_blended: bool,
    /// Whether its part of the canvas is cleared after it was shown.
    pub is_cleared: bool,
    /// The chunks of a still picture.
    pub data: &'a [u8],
}

impl<'a> Survey<'a> {
    /// Walks all chunks to the end that the file states, beyond which one that was cut off does not reach.
    pub fn of(bytes: &'a [u8]) -> Result<Self, Error> {
        let truncated = || Error::Truncated { format: SourceFormat::WebP };
        let stated = u32_le(bytes, 4).and_then(|length| usize::try_from(length).ok()?.checked_add(8));
        let mut rest = stated.and_then(|end| bytes.get(FILE_FRAME_BYTES..end)).ok_or_else(truncated)?;
        let mut survey = Self::default();
        while !rest.is_empty() {
            let length = u32_le(rest, 4).ok_or_else(truncated)? as usize;
            let payload =
                rest.get(CHUNK_FRAME_BYTES..).and_then(|after| after.get(..length)).ok_or_else(truncated)?;
            survey.note(&rest[..4], payload)?;
            // Chunks start at even offsets; the last may go without its fill.
            rest = rest.get(CHUNK_FRAME_BYTES + length + length % 2..).unwrap_or_default();
        }
        Ok(survey)
    }

    fn note(&mut self, kind: &[u8], payload: &'a [u8]) -> Result<(), Error> {
        match kind {
            b"ICCP" => self.profile = Some(payload),
            b"EXIF" => self.exif = Some(payload),
            b"ANIM" => self.timeline.plays = u16_le(payload, 4).unwrap_or_default(),
            b"ANMF" if self.timeline.frames == FRAMES_MAX => return Err(Error::TooManyFrames),
            b"ANMF" => {
                let frame = Frame::parse(payload)
                    .ok_or_else(|| Error::corrupt(SourceFormat::WebP, "has an incomplete frame"))?;
                self.timeline.frames += 1;
                self.timeline.coded_pixels += u64::from(frame.size.width) * u64::from(frame.size.height);
                self.frames.push(frame);
            }
            _ => {}
        }
        Ok(())
    }
}

impl<'a> Frame<'a> {
    fn parse(payload: &'a [u8]) -> Option<Self> {
        let flags = *payload.get(FRAME_HEADER_BYTES - 1)?;
        Some(Self {
            left: u24_le(payload, 0)? * 2,
            top: u24_le(payload, 3)? * 2,
            size: size_at(payload, 6)?,
            duration_ms: u24_le(payload, 12)?,
            is_blended: flags & REPLACES_BELOW == 0,
            is_cleared: flags & CLEARS_AFTER != 0,
            data: payload.get(FRAME_HEADER_BYTES..)?,
        })
    }
}

/// Two sides of 24 bits, each stored less one.
fn size_at(payload: &[u8], at: usize) -> Option<Size> {
    let (width, height) = (u24_le(payload, at)?, u24_le(payload, at + 3)?);
    Some(Size { width: width + 1, height: height + 1 })
}
