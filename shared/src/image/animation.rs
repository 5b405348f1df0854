//! Animations: files of several frames, and their frames as they are seen.

use std::borrow::Cow;

use super::format::SourceFormat;
use super::raster::Raster;
use super::size::Size;

mod render;

/// A file of several frames, still encoded.
pub struct Animation {
    pub file: Vec<u8>,
    pub format: SourceFormat,
    /// The size of the canvas that frames are drawn on.
    pub size: Size,
    pub timeline: Timeline,
}

/// The frames of a file as its blocks describe them, before any is decoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    pub frames: u32,
    /// The pixels that are coded in all frames together, whatever the canvas shows of them.
    pub coded_pixels: u64,
    /// How many times to show all frames; 0 is for ever.
    pub plays: u16,
}

/// A frame as it is seen, and how long.
pub struct Shown<'a> {
    pub canvas: &'a Raster,
    pub duration_ms: u32,
}

impl Animation {
    /// The animation in a file, unless it has a single frame.
    pub fn of(file: Cow<'_, [u8]>, format: SourceFormat, size: Size, timeline: Timeline) -> Option<Self> {
        (timeline.frames > 1).then(|| Self { file: file.into_owned(), format, size, timeline })
    }
}
