//! Pictures: what a file claims to be, decoding it within bounds, and making smaller ones of it.
//!
//! Pure and synchronous: bytes in, bytes out. [`read_header`] judges a file by its first bytes,
//! [`decode`] reads all of it into a [`Picture`], and a picture has [`Facts`] or renders a
//! [`Transform`]. Nothing of the file's metadata outlives the decoding.
//!
//! Every picture ends up as 8-bit sRGB. Its orientation and its colour profile are applied to each
//! reduced result rather than to all the pixels that were decoded, which costs a fraction and looks
//! the same.
//!
//! # Memory
//!
//! `tests/hostile_images` counts it for files that were made to take more.
//!
//! With S the source's pixels (at most [`PIXELS_MAX`]) and R the result's, decoding peaks at 3 S bytes
//! for a baseline JPEG (9 S progressive or with a scan for each colour, 12 S for four inks), at 4 S for a
//! PNG or a BMP, 5 S for a GIF, 3 S for a WebP and 8 S for one that is lossless or transparent, 4 S for a HEIC of tiles and
//! 12 S for another one, and 12 S for a TIFF of 16 bits. It leaves 3 S, or
//! 4 S with transparency. Rendering adds the result (3 or 4 R, again where it is turned, blurred, laid on a
//! canvas or on a colour, or made in several formats), what is left of S where a border is trimmed, 4 S where a source with transparency
//! is resized, and what the encoder needs:
//! next to nothing for JPEG and PNG, 2 R for WebP, 25 R for WebP with transparency, and 40 R for AVIF. The two last have a bound on R
//! of their own ([`TRANSPARENT_PIXELS_MAX`], [`AVIF_PIXELS_MAX`]).
//!
//! An animation's file is kept as it is. When all of its frames are made, each passes on its own: 5 S, or 9 S
//! for a GIF that restores what it drew on, and one result with what the encoder needs, 30 R.

mod animation;
mod avif;
mod blur;
mod bmp;
mod bounds;
mod demand;
mod error;
mod exif;
mod facts;
mod fields;
mod format;
mod geometry;
mod gif;
mod header;
mod heic;
mod jpeg;
mod metadata;
mod orientation;
mod planes;
mod png;
mod probe;
mod profile;
mod raster;
mod region;
mod render;
mod resize;
mod salience;
mod size;
mod stages;
mod tiff;
mod transform;
mod trim;
mod view;
mod webp;

#[cfg(test)]
mod tests;

use self::animation::Animation;
use self::orientation::Orientation;
use self::planes::Planes;
use self::profile::Profile;
use self::raster::{Channels, Raster};
use self::size::Size;

pub use self::bounds::{
    ANIMATION_PIXELS_MAX, AVIF_PIXELS_MAX, FILE_BYTES_MAX, FRAMES_MAX, PIXELS_MAX, SIDE_PX_MAX,
    TRANSPARENT_PIXELS_MAX,
};
pub use self::demand::{Demand, most_demanding};
pub use self::error::Error;
pub use self::facts::Facts;
pub use self::format::{OutputFormat, SourceFormat, TargetFormat};
pub use self::header::Header;
pub use self::metadata::{
    Described, EXIF_BYTES_MAX, Gps, Metadata, MetadataOptions, TEXT_CHARS_MAX, metadata,
};
pub use self::probe::{read_header, sniff};
pub use self::render::{Alternative, Rendered};
pub use self::transform::{
    BLUR_SIGMA_PX_MAX, Fit, Gravity, TARGET_SIDE_PX_MAX, TRIM_TOLERANCE_MAX, Transform,
};

/// A decoded picture; of an animation, its first frame.
pub struct Picture {
    format: SourceFormat,
    /// The pixels as they are stored, before `orientation`.
    stored: Stored,
    orientation: Orientation,
    /// The colour space of the pixels' numbers; without one they are sRGB.
    profile: Option<Profile>,
    /// All frames, where there are several.
    animation: Option<Animation>,
}

enum Stored {
    Raster(Raster),
    Planes(Planes),
}

impl Stored {
    /// The size of the whole picture, however much of it was decoded.
    const fn size(&self) -> Size {
        match self {
            Self::Raster(raster) => raster.size(),
            Self::Planes(planes) => planes.size,
        }
    }

    const fn channels(&self) -> Channels {
        match self {
            Self::Raster(raster) => raster.channels,
            Self::Planes(_) => Channels::Rgb,
        }
    }
}

impl Picture {
    /// The format of the file that this picture was decoded from.
    pub const fn format(&self) -> SourceFormat {
        self.format
    }

    /// Whether enough of it was decoded for a transform. A picture from [`decode`] serves any.
    pub fn serves(&self, transform: &Transform) -> bool {
        match &self.stored {
            Stored::Raster(_) => true,
            Stored::Planes(planes) => jpeg::suffices(planes, self.orientation, transform),
        }
    }

    /// Width in pixels, seen upright.
    pub const fn width(&self) -> u32 {
        self.size().width
    }

    /// Height in pixels, seen upright.
    pub const fn height(&self) -> u32 {
        self.size().height
    }

    const fn size(&self) -> Size {
        self.orientation.turned(self.stored.size())
    }
}

/// Decodes a whole file.
///
/// The bounds are checked before memory for pixels is taken, and a file that lacks a pixel is refused, however much
/// of it could be shown. Missing or damaged data after all pixels does no harm.
pub fn decode(bytes: &[u8]) -> Result<Picture, Error> {
    let header = checked(bytes)?;
    match header.format {
        SourceFormat::Jpeg => jpeg::decode(bytes, header),
        SourceFormat::Png => png::decode(bytes, header),
        SourceFormat::WebP => webp::decode(bytes, header),
        SourceFormat::Gif => gif::decode(bytes, header),
        SourceFormat::Heic => heic::decode(bytes, header),
        SourceFormat::Tiff => tiff::decode(bytes, header),
        SourceFormat::Bmp => bmp::decode(bytes, header),
    }
}

/// Decodes a whole file for the pictures that some transforms make of it, and for its facts. Where all of them are smaller,
/// that may take a fraction of what [`decode`] takes. Other transforms make what they can of it: see [`Picture::serves`].
pub fn decode_for(bytes: &[u8], transforms: &[&Transform]) -> Result<Picture, Error> {
    let header = checked(bytes)?;
    match header.format {
        SourceFormat::Jpeg => jpeg::decode_for(bytes, header, transforms),
        _ => decode(bytes),
    }
}

fn checked(bytes: &[u8]) -> Result<Header, Error> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(Error::FileTooLarge { bytes: bytes.len() });
    }
    let format = sniff(bytes).ok_or(Error::UNKNOWN_FORMAT)?;
    read_header(bytes)?.ok_or(Error::Truncated { format })
}
