//! Pictures: what a file claims to be, decoding it within bounds, and making smaller ones of it.
//!
//! Pure and synchronous: bytes in, bytes out. [`read_header`] judges a file by its first bytes,
//! [`decode`] reads all of it into a [`Picture`], and a picture tells its [`Facts`] or renders a
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
//! PNG, 5 S for a GIF, 3 S for a WebP and 8 S for one that is lossless or transparent. It leaves 3 S, or
//! 4 S with transparency. Rendering adds the result (3 or 4 R, again where it is turned, blurred, laid on a
//! canvas or on a colour, or made in several formats), what is left of S where a border is trimmed, 4 S where a source with transparency
//! is resized, and what the encoder needs:
//! next to nothing for JPEG and PNG, 2 R for WebP, 25 R for WebP with transparency, and 40 R for AVIF.
//!
//! An animation's file is kept as it is. When all of its frames are made, each passes on its own: 5 S, or 9 S
//! for a GIF that restores what it drew on, and one result with what the encoder needs, 30 R.

mod animation;
mod avif;
mod blur;
mod error;
mod exif;
mod facts;
mod fields;
mod format;
mod geometry;
mod gif;
mod header;
mod jpeg;
mod metadata;
mod orientation;
mod png;
mod profile;
mod raster;
mod region;
mod render;
mod resize;
mod salience;
mod stages;
mod transform;
mod trim;
mod webp;

#[cfg(test)]
mod tests;

use self::animation::Animation;
use self::geometry::Size;
use self::orientation::Orientation;
use self::profile::Profile;
use self::raster::Raster;

pub use self::animation::ANIMATION_PIXELS_MAX;
pub use self::avif::AVIF_PIXELS_MAX;
pub use self::error::Error;
pub use self::facts::Facts;
pub use self::format::{OutputFormat, SourceFormat, TargetFormat, sniff};
pub use self::header::{FILE_BYTES_MAX, FRAMES_MAX, Header, PIXELS_MAX, SIDE_PX_MAX, read_header};
pub use self::metadata::{
    Described, EXIF_BYTES_MAX, Gps, Metadata, MetadataOptions, TEXT_CHARS_MAX, metadata,
};
pub use self::render::{Alternative, Rendered};
pub use self::transform::{
    BLUR_SIGMA_PX_MAX, Fit, Gravity, TARGET_SIDE_PX_MAX, TRIM_TOLERANCE_MAX, Transform,
};

/// A decoded picture; of an animation, its first frame.
pub struct Picture {
    format: SourceFormat,
    /// The pixels as they are stored, before `orientation`.
    raster: Raster,
    orientation: Orientation,
    /// What the pixels' numbers mean; without one they are sRGB.
    profile: Option<Profile>,
    /// All frames, where there are several.
    animation: Option<Animation>,
}

impl Picture {
    /// The format of the file that this picture was decoded from.
    pub const fn format(&self) -> SourceFormat {
        self.format
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
        self.orientation.turned(self.raster.size())
    }
}

/// Decodes a whole file.
///
/// The bounds are checked before memory for pixels is taken, and a file that was cut off is rejected,
/// however much of it could be shown.
pub fn decode(bytes: &[u8]) -> Result<Picture, Error> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(Error::FileTooLarge { bytes: bytes.len() });
    }
    let format = sniff(bytes).ok_or(Error::UNKNOWN_FORMAT)?;
    let header = read_header(bytes)?.ok_or(Error::Truncated { format })?;
    match format {
        SourceFormat::Jpeg => jpeg::decode(bytes, header),
        SourceFormat::Png => png::decode(bytes, header),
        SourceFormat::WebP => webp::decode(bytes, header),
        SourceFormat::Gif => gif::decode(bytes, header),
    }
}
