use gif::{DisposalMethod, Encoder, EncodingError, Frame, Repeat};

use crate::image::error::Error;
use crate::image::format::OutputFormat;
use crate::image::geometry::Size;
use crate::image::raster::Raster;

/// How many pixels of a frame are looked at to choose 256 colours, at least.
const PIXELS_LOOKED_AT: usize = 32 * 1024;
/// One of so many pixels is looked at, at the least.
const PACE_MAX: usize = 10;
const OPAQUE_FROM: u8 = 128;
const MS_PER_TICK: u32 = 10;

/// Encodes an animation, each frame whole and with colours of its own.
pub struct Animator(Encoder<Vec<u8>>);

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
        Ok(Self(encoder))
    }

    pub fn add(&mut self, picture: &Raster, duration_ms: u32) -> Result<(), Error> {
        let mut pixels = picture.clone().with_alpha().pixels;
        for pixel in pixels.as_chunks_mut::<4>().0 {
            if pixel[3] < OPAQUE_FROM {
                *pixel = [0; 4];
            }
        }
        // The sizes fit: the canvas's own were checked.
        let (width, height) = (picture.width as u16, picture.height as u16);
        let pace = (picture.size().pixels() / PIXELS_LOOKED_AT).clamp(1, PACE_MAX);
        let mut frame = Frame::from_rgba_speed(width, height, &mut pixels, pace as i32);
        frame.delay = u16::try_from((duration_ms + MS_PER_TICK / 2) / MS_PER_TICK).unwrap_or(u16::MAX);
        frame.dispose = DisposalMethod::Background;
        self.0.write_frame(&frame).map_err(unencodable)
    }

    pub fn finish(self) -> Result<Vec<u8>, Error> {
        self.0.into_inner().map_err(|error| Error::unencodable(OutputFormat::Gif, error))
    }
}

fn unencodable(error: EncodingError) -> Error {
    Error::unencodable(OutputFormat::Gif, error)
}
