use crate::image::format::SourceFormat;
use crate::image::header::FRAMES_MAX;
use crate::image::rejection::Rejection;

const HEADER_BYTES: usize = 13;
const FRAME_BYTES: usize = 9;

const EXTENSION: u8 = 0x21;
const FRAME: u8 = 0x2C;
const TRAILER: u8 = 0x3B;

/// Walks all blocks, decoding none: counts the frames, and finds the mark at the end, which a file that
/// was cut off lacks.
pub fn check(bytes: &[u8]) -> Result<(), Rejection> {
    let mut blocks = Blocks { bytes, rest: bytes };
    let header = blocks.take(HEADER_BYTES)?;
    blocks.skip_palette(header[10])?;
    let mut frames = 0;
    loop {
        match blocks.take(1)?[0] {
            EXTENSION => {
                blocks.take(1)?;
                blocks.skip_data()?;
            }
            FRAME => {
                frames += 1;
                if frames > FRAMES_MAX {
                    return Err(Rejection::TooManyFrames);
                }
                let frame = blocks.take(FRAME_BYTES)?;
                blocks.skip_palette(frame[8])?;
                blocks.take(1)?;
                blocks.skip_data()?;
            }
            TRAILER => return Ok(()),
            other => {
                let what = format!("there is no block of kind {other:#04x}");
                return Err(Rejection::corrupt(SourceFormat::Gif, what));
            }
        }
    }
}

struct Blocks<'a> {
    bytes: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Blocks<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Rejection> {
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(Rejection::Truncated { format: SourceFormat::Gif, bytes: self.bytes.len() })?;
        self.rest = rest;
        Ok(taken)
    }

    /// Skips the palette that a block's flags announce.
    fn skip_palette(&mut self, flags: u8) -> Result<(), Rejection> {
        if flags & 0x80 != 0 {
            self.take(3 << ((flags & 0x07) + 1))?;
        }
        Ok(())
    }

    /// Skips pieces of data, each after its length, up to an empty one.
    fn skip_data(&mut self) -> Result<(), Rejection> {
        loop {
            let length = usize::from(self.take(1)?[0]);
            if length == 0 {
                return Ok(());
            }
            self.take(length)?;
        }
    }
}
