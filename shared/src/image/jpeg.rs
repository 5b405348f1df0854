mod codec;
mod inks;
mod segments;
mod shrink;

use std::borrow::Cow;

use self::codec::{Failure, Pixels, Want};
use self::segments::Survey;
use self::shrink::Shrink;
use super::error::{Cause, Error};
use super::format::{OutputFormat, SourceFormat};
use super::header::Header;
use super::orientation::Orientation;
use super::planes::Planes;
use super::profile::{Inks, Profile};
use super::raster::{Channels, Raster};
use super::transform::Transform;
use super::{Picture, Stored};

pub use self::inks::to_rgb as inks_to_rgb;
pub use self::segments::read_size;

/// A block of 8 by 8 pixels has at least a bit, whatever the coding.
const PIXELS_PER_BYTE_MAX: usize = 8 * 8 * 8;
/// From this quality on colours are stored at full resolution.
const FULL_COLOUR_QUALITY: u8 = 90;

/// Decodes all pixels.
pub fn decode(bytes: &[u8], header: Header) -> Result<Picture, Error> {
    decode_as(bytes, header, &Survey::of(bytes)?, Want::All)
}

/// Decodes what pictures need that are made by `transforms`, which may be much less.
pub fn decode_for(bytes: &[u8], header: Header, transforms: &[&Transform]) -> Result<Picture, Error> {
    let survey = Survey::of(bytes)?;
    let shrink = Shrink::of(header.size(), survey.orientation(), transforms);
    decode_as(bytes, header, &survey, shrink.want())
}

/// Whether planes that were decoded for some transforms have enough samples for another.
pub fn suffices(planes: &Planes, orientation: Orientation, transform: &Transform) -> bool {
    let want = Shrink::of(planes.size, orientation, &[transform]).want();
    matches!(want, Want::Smaller { denominator } if denominator >= planes.denominator)
}

fn decode_as(bytes: &[u8], header: Header, survey: &Survey<'_>, want: Want) -> Result<Picture, Error> {
    if header.size().pixels() > bytes.len().saturating_mul(PIXELS_PER_BYTE_MAX) {
        return Err(corrupt("has too few bytes for its size"));
    }
    let decoded = codec::decode(bytes, header.size(), want).map_err(|failure| match failure {
        Failure::Unsupported(what) => Error::UnsupportedFormat { what },
        Failure::Truncated => Error::Truncated { format: SourceFormat::Jpeg },
        Failure::Corrupt(why) => corrupt(why),
    })?;
    let profile = survey.profile().and_then(|icc| Profile::parse(&icc, decoded.inks)?.unless_srgb());
    let raster =
        |pixels| Raster { width: header.width, height: header.height, channels: Channels::Rgb, pixels };
    let (stored, profile) = match decoded.pixels {
        Pixels::Planes(planes) => (Stored::Planes(planes), profile),
        Pixels::Mixed(pixels) if decoded.inks == Inks::Cmyk => {
            (Stored::Raster(raster(inks::to_rgb(pixels, profile.as_ref()))), None)
        }
        Pixels::Mixed(pixels) => (Stored::Raster(raster(pixels)), profile),
    };
    let orientation = survey.orientation();
    Ok(Picture { format: SourceFormat::Jpeg, stored, orientation, profile, animation: None })
}

/// The EXIF data, if there is any.
pub fn exif(bytes: &[u8]) -> Result<Option<&[u8]>, Error> {
    Ok(Survey::of(bytes)?.exif)
}

/// Encodes a picture; what is transparent is laid on black.
///
/// In one scan: a progressive file is 1 to 3 % smaller, takes twice as long to make, and longer to show.
pub fn encode(raster: &Raster, quality: u8) -> Result<Vec<u8>, Error> {
    let rgb = match raster.channels {
        Channels::Rgb => Cow::Borrowed(&raster.pixels),
        Channels::Rgba => Cow::Owned(raster.on_colour([0; 3]).pixels),
    };
    codec::encode(&rgb, raster.size(), quality, quality >= FULL_COLOUR_QUALITY).map_err(unencodable)
}

const fn corrupt(why: &'static str) -> Error {
    Error::corrupt(SourceFormat::Jpeg, why)
}

fn unencodable(cause: impl Into<Cause>) -> Error {
    Error::unencodable(OutputFormat::Jpeg, cause)
}
