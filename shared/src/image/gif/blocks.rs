use std::borrow::Cow;

use crate::image::animation::Timeline;
use crate::image::bounds::FRAMES_MAX;
use crate::image::error::Error;
use crate::image::fields::u16_le;
use crate::image::format::SourceFormat;
use crate::image::size::Size;

const HEADER_BYTES: usize = 13;
const FRAME_BYTES: usize = 9;

/// Label, name and the start of the data of the two extensions that say how often to repeat.
const REPETITION_STARTS: [&[u8; 15]; 2] = [b"\xFF\x0BNETSCAPE2.0\x03\x01", b"\xFF\x0BANIMEXTS1.0\x03\x01"];

const EXTENSION: u8 = 0x21;
const FRAME: u8 = 0x2C;
const TRAILER: u8 = 0x3B;
const END_OF_DATA: u8 = 0;

/// The blocks of a file, before anything is decoded.
pub struct Survey<'a> {
    pub timeline: Timeline,
    /// The file with its end set right: without what belongs to no block, and without a later frame that was cut off.
    pub file: Cow<'a, [u8]>,
    /// Whether the first frame's data was cut off, be it after its last pixel.
    pub is_cut: bool,
}

impl<'a> Survey<'a> {
    /// Walks the blocks to the mark at the end, or to what is no block after the first frame.
    pub fn of(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut blocks = Blocks::new(bytes).ok_or(TRUNCATED)?;
        let mut timeline = Timeline { plays: 1, ..Timeline::default() };
        let mut mended = Mended { bytes, kept: 0, whole: Vec::new() };
        loop {
            let start = blocks.position();
            match blocks.next() {
                Block::Trailer => {
                    return Ok(Self { timeline, file: mended.up_to(blocks.position()), is_cut: false });
                }
                Block::Extension { repetitions } => {
                    // The first showing is no repetition, and none is for ever.
                    timeline.plays = match repetitions {
                        None => timeline.plays,
                        Some(0) => 0,
                        Some(repetitions) => repetitions.saturating_add(1),
                    };
                }
                Block::Frame { size, is_cut, .. } => {
                    if is_cut && timeline.frames > 0 {
                        return Ok(Self { timeline, file: mended.ended(start), is_cut: false });
                    }
                    timeline.frames += 1;
                    timeline.coded_pixels += size.pixels() as u64;
                    if timeline.frames > FRAMES_MAX {
                        return Err(Error::TooManyFrames);
                    }
                    if is_cut {
                        return Ok(Self { timeline, file: mended.with_cut_data(start), is_cut });
                    }
                }
                Block::Stray(END_OF_DATA) => mended.leave_out(start, blocks.position()),
                _ if timeline.frames > 0 => {
                    return Ok(Self { timeline, file: mended.ended(start), is_cut: false });
                }
                Block::Stray(_) => {
                    return Err(Error::corrupt(SourceFormat::Gif, "has a block of no known kind"));
                }
                Block::CutOff => return Err(TRUNCATED),
            }
        }
    }
}

const TRUNCATED: Error = Error::Truncated { format: SourceFormat::Gif };

/// The size of the screen that the frames are drawn on. It grows to the first frame, as in browsers: some writers leave
/// it at zero. Says `None` where that frame lies beyond the bytes.
pub fn read_size(bytes: &[u8]) -> Option<Size> {
    let screen = Size { width: u16_le(bytes, 6)?.into(), height: u16_le(bytes, 8)?.into() };
    let mut blocks = Blocks::new(bytes)?;
    loop {
        match blocks.next() {
            Block::Frame { left, top, size, .. } => {
                let (right, bottom) = (left + size.width, top + size.height);
                return Some(Size { width: screen.width.max(right), height: screen.height.max(bottom) });
            }
            Block::CutOff => return None,
            Block::Extension { .. } | Block::Stray(END_OF_DATA) => {}
            // There is no frame to grow to.
            Block::Trailer | Block::Stray(_) => return Some(screen),
        }
    }
}

enum Block {
    Trailer,
    Extension {
        repetitions: Option<u16>,
    },
    Frame {
        left: u32,
        top: u32,
        size: Size,
        /// Whether its data ends before it says so.
        is_cut: bool,
    },
    /// A byte that starts no block.
    Stray(u8),
    /// The bytes end within a block, or where one should start.
    CutOff,
}

struct Blocks<'a> {
    bytes: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Blocks<'a> {
    /// The blocks after the header and its palette.
    fn new(bytes: &'a [u8]) -> Option<Self> {
        let mut blocks = Self { bytes, rest: bytes };
        let header = blocks.take(HEADER_BYTES)?;
        blocks.skip_palette(header[10])?;
        Some(blocks)
    }

    const fn position(&self) -> usize {
        self.bytes.len() - self.rest.len()
    }

    fn next(&mut self) -> Block {
        let block = match self.take(1) {
            Some(&[EXTENSION]) => self.extension(),
            Some(&[FRAME]) => self.frame(),
            Some(&[TRAILER]) => Some(Block::Trailer),
            Some(&[stray]) => Some(Block::Stray(stray)),
            _ => None,
        };
        block.unwrap_or(Block::CutOff)
    }

    fn extension(&mut self) -> Option<Block> {
        let repetitions = self.repetitions();
        self.take(1)?;
        self.skip_data()?;
        Some(Block::Extension { repetitions })
    }

    fn frame(&mut self) -> Option<Block> {
        let frame = self.take(FRAME_BYTES)?;
        let side = |at| u16_le(frame, at).map(u32::from);
        let (left, top) = (side(0)?, side(2)?);
        let size = Size { width: side(4)?, height: side(6)? };
        self.skip_palette(frame[8])?;
        self.take(1)?;
        Some(Block::Frame { left, top, size, is_cut: self.skip_data().is_none() })
    }

    /// Returns the repetitions that the extension ahead asks for, if it is the one that does.
    fn repetitions(&self) -> Option<u16> {
        REPETITION_STARTS.iter().find_map(|start| u16_le(self.rest.strip_prefix(start.as_slice())?, 0))
    }

    /// Skips the palette that a block's flags announce.
    fn skip_palette(&mut self, flags: u8) -> Option<()> {
        if flags & 0x80 != 0 {
            self.take(3 << ((flags & 0x07) + 1))?;
        }
        Some(())
    }

    /// Skips pieces of data, each after its length, up to an empty one.
    fn skip_data(&mut self) -> Option<()> {
        loop {
            let length = usize::from(self.take(1)?[0]);
            if length == 0 {
                return Some(());
            }
            self.take(length)?;
        }
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }
}

/// A file, copied only where it has to be mended.
struct Mended<'a> {
    bytes: &'a [u8],
    /// Where those of `bytes` start that are not in `whole` yet.
    kept: usize,
    whole: Vec<u8>,
}

impl<'a> Mended<'a> {
    fn leave_out(&mut self, start: usize, end: usize) {
        self.whole.extend(&self.bytes[self.kept..start]);
        self.kept = end;
    }

    fn up_to(mut self, end: usize) -> Cow<'a, [u8]> {
        if self.kept == 0 {
            return Cow::Borrowed(&self.bytes[..end]);
        }
        self.leave_out(end, end);
        Cow::Owned(self.whole)
    }

    fn ended(mut self, end: usize) -> Cow<'a, [u8]> {
        self.leave_out(end, end);
        self.whole.push(TRAILER);
        Cow::Owned(self.whole)
    }

    /// All of a frame's data that is there, as data that ends.
    fn with_cut_data(mut self, frame: usize) -> Cow<'a, [u8]> {
        let flags = self.bytes[frame + FRAME_BYTES];
        let palette_bytes = if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 0x07) + 1) };
        let data = frame + 1 + FRAME_BYTES + palette_bytes + 1;
        self.leave_out(data, data);
        let mut rest = &self.bytes[data..];
        while let Some((&length, after)) = rest.split_first() {
            let (piece, after) = after.split_at(after.len().min(length.into()));
            if piece.is_empty() {
                break;
            }
            // No longer than the length that it had, which is a byte.
            self.whole.push(piece.len() as u8);
            self.whole.extend(piece);
            rest = after;
        }
        self.whole.extend([END_OF_DATA, TRAILER]);
        Cow::Owned(self.whole)
    }
}
