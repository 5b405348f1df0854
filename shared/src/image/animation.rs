//! Animations that are kept: every frame decoded, drawn on the ones before it, and made anew.
//!
//! Frames pass one at a time, so that memory does not depend on their number.

use super::error::Error;
use std::borrow::Cow;

use super::format::{OutputFormat, SourceFormat};
use super::geometry::Size;
use super::raster::Raster;
use super::stages::Stages;
use super::{gif, webp};

/// The most pixels of an animation that is kept, over all its frames, decoded as well as made.
pub const ANIMATION_PIXELS_MAX: u64 = 50_000_000;

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

    /// Makes every frame anew. The bounds are checked before a frame is decoded.
    pub fn render(&self, stages: &Stages<'_>, format: OutputFormat, quality: u8) -> Result<Vec<u8>, Error> {
        self.check(self.size)?;
        self.check(stages.canvas())?;
        let plays = self.timeline.plays;
        if format == OutputFormat::Gif {
            let mut encoder = gif::Animator::new(stages.canvas(), plays)?;
            self.each_frame(|shown| encoder.add(&*stages.run(shown.canvas, format)?, shown.duration_ms))?;
            encoder.finish()
        } else {
            let mut encoder = webp::Animator::new(stages.canvas(), plays, quality)?;
            self.each_frame(|shown| encoder.add(&*stages.run(shown.canvas, format)?, shown.duration_ms))?;
            encoder.finish()
        }
    }

    fn check(&self, Size { width, height }: Size) -> Result<(), Error> {
        let frames = self.timeline.frames;
        let drawn = u64::from(width) * u64::from(height) * u64::from(frames);
        if drawn.max(self.timeline.coded_pixels) > ANIMATION_PIXELS_MAX {
            return Err(Error::AnimationTooLarge { frames, width, height });
        }
        Ok(())
    }

    /// Decodes all frames and shows the canvas after each.
    pub fn each_frame(&self, show: impl FnMut(Shown<'_>) -> Result<(), Error>) -> Result<(), Error> {
        match self.format {
            SourceFormat::Gif => gif::each_frame(&self.file, self.size, show),
            _ => webp::each_frame(&self.file, self.size, show),
        }
    }
}
