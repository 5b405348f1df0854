mod chunks;
mod codec;

use self::chunks::{Frame, Survey};
use super::animation::{Animation, Shown};
use super::bounds::TRANSPARENT_PIXELS_MAX;
use super::error::Error;
use super::exif;
use super::format::{OutputFormat, SourceFormat};
use super::header::Header;
use super::profile::{Inks, Profile};
use super::raster::{Channels, Raster};
use super::size::Size;
use super::{Picture, Stored};

pub use self::chunks::read_size;

/// Decodes the picture; of an animation its first frame, which may cover only a part of the canvas.
pub fn decode(bytes: &[u8], header: Header) -> Result<Picture, Error> {
    let survey = Survey::of(bytes)?;
    let raster = match survey.frames.first() {
        None => codec::decode(bytes, header.size()).ok_or_else(corrupt)?,
        Some(frame) => {
            let picture = decode_frame(frame, header.size())?;
            if frame.size == header.size() {
                picture
            } else {
                let mut canvas = Raster::filled(header.size(), [0; 4]);
                canvas.place(picture, frame.left, frame.top);
                canvas
            }
        }
    };
    Ok(Picture {
        format: SourceFormat::WebP,
        stored: Stored::Raster(raster.without_idle_alpha()),
        orientation: survey.exif.and_then(exif::orientation).unwrap_or_default(),
        profile: survey.profile.and_then(|icc| Profile::parse(icc, Inks::Rgb)?.unless_srgb()),
        animation: Animation::of(bytes.into(), SourceFormat::WebP, header.size(), survey.timeline),
    })
}

/// Decodes all frames and shows the canvas after each.
///
/// A canvas is transparent where nothing is drawn, as in browsers, whatever the file says.
pub fn each_frame(
    bytes: &[u8],
    size: Size,
    mut show: impl FnMut(Shown<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut canvas = Raster::filled(size, [0; 4]);
    for frame in &Survey::of(bytes)?.frames {
        let picture = decode_frame(frame, size)?.with_alpha();
        if frame.is_blended {
            canvas.draw(&picture, frame.left, frame.top);
        } else {
            canvas.place(picture, frame.left, frame.top);
        }
        show(Shown { canvas: &canvas, duration_ms: frame.duration_ms })?;
        if frame.is_cleared {
            canvas.clear(frame.left, frame.top, frame.size);
        }
    }
    Ok(())
}

fn decode_frame(frame: &Frame<'_>, canvas: Size) -> Result<Raster, Error> {
    if frame.size.width > canvas.width || frame.size.height > canvas.height {
        return Err(corrupt());
    }
    codec::decode(frame.data, frame.size).ok_or_else(corrupt)
}

/// The EXIF data, if there is any.
pub fn exif(bytes: &[u8]) -> Result<Option<&[u8]>, Error> {
    Ok(Survey::of(bytes)?.exif)
}

pub fn encode(raster: &Raster, quality: u8) -> Result<Vec<u8>, Error> {
    if !holds(raster) {
        return Err(too_large(raster.width, raster.height));
    }
    codec::encode(raster, quality).map_err(unencodable)
}

/// Whether a picture is small enough for its transparency.
pub fn holds(raster: &Raster) -> bool {
    let pixels = u64::from(raster.width) * u64::from(raster.height);
    raster.channels == Channels::Rgb || pixels <= TRANSPARENT_PIXELS_MAX
}

/// Encodes an animation.
pub struct Animator(codec::Animator);

impl Animator {
    /// `plays` is how many times to show all frames; 0 is for ever.
    pub fn new(size: Size, plays: u16, quality: u8) -> Result<Self, Error> {
        // Its canvas is transparent, whatever the frames are.
        if size.pixels() as u64 > TRANSPARENT_PIXELS_MAX {
            return Err(too_large(size.width, size.height));
        }
        codec::Animator::new(size, plays, quality).map(Self).map_err(unencodable)
    }

    pub fn add(&mut self, picture: &Raster, duration_ms: u32) -> Result<(), Error> {
        self.0.add(picture, duration_ms).map_err(unencodable)
    }

    pub fn finish(self) -> Result<Vec<u8>, Error> {
        self.0.finish().map_err(unencodable)
    }
}

fn corrupt() -> Error {
    Error::corrupt(SourceFormat::WebP, "has damaged data")
}

fn too_large(width: u32, height: u32) -> Error {
    let detail = format!("{width} × {height} pixels with transparency; at most {TRANSPARENT_PIXELS_MAX}");
    Error::Unencodable { format: OutputFormat::WebP, detail: detail.into(), source: None }
}

fn unencodable(error: codec::EncodeError) -> Error {
    Error::unencodable(OutputFormat::WebP, error)
}

#[cfg(test)]
pub use self::codec::encode_lossless;
