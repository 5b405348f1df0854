mod chunks;
mod codec;

use self::chunks::Survey;
use super::Picture;
use super::format::{OutputFormat, SourceFormat};
use super::header::Header;
use super::profile::{Inks, Profile};
use super::raster::Raster;
use super::rejection::Rejection;

pub use self::chunks::read_size;

/// The longest side that the format can hold, in pixels.
pub const SIDE_PX_MAX: u32 = 16_383;

/// Decodes the picture; of an animation its first frame, which may cover only a part of the canvas.
pub fn decode(bytes: &[u8], header: Header) -> Result<Picture, Rejection> {
    let corrupt = || Rejection::corrupt(SourceFormat::WebP, "its data is damaged");
    let survey = Survey::of(bytes)?;
    let raster = match survey.first_frame {
        None => codec::decode(bytes, header.size()).ok_or_else(corrupt)?,
        Some(frame) => {
            if frame.size.width > header.width || frame.size.height > header.height {
                return Err(corrupt());
            }
            let picture = codec::decode(frame.data, frame.size).ok_or_else(corrupt)?;
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
        raster: raster.without_idle_alpha(),
        orientation: survey.orientation,
        profile: survey.profile.and_then(|icc| Profile::parse(icc, Inks::Rgb)),
    })
}

pub fn encode(raster: &Raster, quality: u8) -> Result<Vec<u8>, Rejection> {
    codec::encode(raster, quality).map_err(|error| Rejection::unencodable(OutputFormat::WebP, error))
}

#[cfg(test)]
pub use self::codec::encode_lossless;
