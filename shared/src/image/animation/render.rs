//! Animations that are kept: every frame decoded, drawn on the ones before it, and made anew.
//!
//! Frames pass one at a time, so that memory does not depend on their number.

use super::{Animation, Shown};
use crate::image::bounds::ANIMATION_PIXELS_MAX;
use crate::image::error::Error;
use crate::image::format::{OutputFormat, SourceFormat};
use crate::image::size::Size;
use crate::image::stages::Stages;
use crate::image::{gif, webp};

impl Animation {
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
