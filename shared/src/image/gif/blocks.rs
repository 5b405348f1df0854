use crate::image::animation::Timeline;
use crate::image::error::Error;
use crate::image::fields::u16_le;
use crate::image::format::SourceFormat;
use crate::image::header::FRAMES_MAX;

const HEADER_BYTES: usize = 13;
const FRAME_BYTES: usize = 9;

/// Label, name and the start of the data of the two extensions that tell how often to repeat.
const REPETITION_STARTS: [&[u8; 15]; 2] = [b"\xFF\x0BNETSCAPE2.0\x03\x01", b"\xFF\x0BANIMEXTS1.0\x03\x01"];

const EXTENSION: u8 = 0x21;
const FRAME: u8 = 0x2C;
const TRAILER: u8 = 0x3B;

/// Walks all blocks, decoding none: counts the frames, and finds the mark at the end, which a file that
/// was cut off lacks.
pub fn check(bytes: &[u8]) -> Result<Timeline, Error> {
    let mut blocks = Blocks { bytes, rest: bytes };
    let header = blocks.take(HEADER_BYTES)?;
    blocks.skip_palette(header[10])?;
    let mut timeline = Timeline { plays: 1, ..Timeline::default() };
    loop {
        match blocks.take(1)?[0] {
            EXTENSION => {
                if let Some(repetitions) = blocks.repetitions() {
                    // The first showing is no repetition, and none is for ever.
                    timeline.plays = if repetitions == 0 { 0 } else { repetitions.saturating_add(1) };
                }
                blocks.take(1)?;
                blocks.skip_data()?;
            }
            FRAME => {
                timeline.frames += 1;
                if timeline.frames > FRAMES_MAX {
                    return Err(Error::TooManyFrames);
                }
                let frame = blocks.take(FRAME_BYTES)?;
                let side = |at| u64::from(u16_le(frame, at).unwrap_or_default());
                timeline.coded_pixels += side(4) * side(6);
                blocks.skip_palette(frame[8])?;
                blocks.take(1)?;
                blocks.skip_data()?;
            }
            TRAILER => return Ok(timeline),
            other => {
                let what = format!("there is no block of kind {other:#04x}");
                return Err(Error::corrupt(SourceFormat::Gif, what));
            }
        }
    }
}

struct Blocks<'a> {
    bytes: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Blocks<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(Error::Truncated { format: SourceFormat::Gif, bytes: self.bytes.len() })?;
        self.rest = rest;
        Ok(taken)
    }

    /// What the extension ahead says of repetitions, if it is the one that does.
    fn repetitions(&self) -> Option<u16> {
        REPETITION_STARTS.iter().find_map(|start| u16_le(self.rest.strip_prefix(start.as_slice())?, 0))
    }

    /// Skips the palette that a block's flags announce.
    fn skip_palette(&mut self, flags: u8) -> Result<(), Error> {
        if flags & 0x80 != 0 {
            self.take(3 << ((flags & 0x07) + 1))?;
        }
        Ok(())
    }

    /// Skips pieces of data, each after its length, up to an empty one.
    fn skip_data(&mut self) -> Result<(), Error> {
        loop {
            let length = usize::from(self.take(1)?[0]);
            if length == 0 {
                return Ok(());
            }
            self.take(length)?;
        }
    }
}
