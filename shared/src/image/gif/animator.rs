use gif::{DisposalMethod, Encoder, EncodingError, Frame, Repeat};

use super::palette::{Indexed, OPAQUE_FROM, index};
use crate::image::error::Error;
use crate::image::format::OutputFormat;
use crate::image::raster::Raster;
use crate::image::size::Size;

const MS_PER_TICK: u32 = 10;

/// Encodes an animation, each frame whole and with colours of its own.
///
/// A frame is written when the next one is known. One that has transparent parts would show what was before it, which
/// is thus cleared; and what is cleared needs a transparent index, or some viewers fill it with a colour.
pub struct Animator {
    encoder: Encoder<Vec<u8>>,
    waiting: Option<Waiting>,
    has_transparency: bool,
}

struct Waiting {
    picture: Raster,
    duration_ms: u32,
}

impl Animator {
    /// `plays` is how many times to show all frames; 0 is for ever.
    pub fn new(size: Size, plays: u16) -> Result<Self, Error> {
        let side =
            |side: u32| u16::try_from(side).map_err(|error| Error::unencodable(OutputFormat::Gif, error));
        let mut encoder =
            Encoder::new(Vec::new(), side(size.width)?, side(size.height)?, &[]).map_err(unencodable)?;
        // The format counts repetitions. Without a count it is shown once.
        match plays {
            0 => encoder.set_repeat(Repeat::Infinite).map_err(unencodable)?,
            1 => {}
            plays => encoder.set_repeat(Repeat::Finite(plays - 1)).map_err(unencodable)?,
        }
        Ok(Self { encoder, waiting: None, has_transparency: false })
    }

    pub fn add(&mut self, picture: &Raster, duration_ms: u32) -> Result<(), Error> {
        let picture = picture.clone().with_alpha();
        let is_opaque = picture.pixels.as_chunks::<4>().0.iter().all(|pixel| pixel[3] >= OPAQUE_FROM);
        self.has_transparency |= !is_opaque;
        match self.waiting.replace(Waiting { picture, duration_ms }) {
            Some(before) => self.write(&before, !is_opaque),
            None => Ok(()),
        }
    }

    pub fn finish(mut self) -> Result<Vec<u8>, Error> {
        if let Some(last) = self.waiting.take() {
            // The first frame comes after the last one.
            self.write(&last, self.has_transparency)?;
        }
        self.encoder.into_inner().map_err(|error| Error::unencodable(OutputFormat::Gif, error))
    }

    fn write(&mut self, frame: &Waiting, is_cleared: bool) -> Result<(), Error> {
        let Waiting { picture, duration_ms } = frame;
        let Indexed { indexes, palette, transparent } = index(picture, is_cleared);
        let delay = (duration_ms + MS_PER_TICK / 2) / MS_PER_TICK;
        let frame = Frame {
            // The sizes fit: the canvas's own were checked.
            width: picture.width as u16,
            height: picture.height as u16,
            // The longest that the format can hold.
            delay: delay.min(u16::MAX.into()) as u16,
            dispose: if is_cleared { DisposalMethod::Background } else { DisposalMethod::Keep },
            transparent,
            palette: Some(palette),
            buffer: indexes.into(),
            ..Frame::default()
        };
        self.encoder.write_frame(&frame).map_err(unencodable)
    }
}

fn unencodable(error: EncodingError) -> Error {
    Error::unencodable(OutputFormat::Gif, error)
}
