mod field_errors;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::format::{OutputFormat, TargetFormat};

pub use self::field_errors::{BLUR_SIGMA_PX_MAX, TARGET_SIDE_PX_MAX, TRIM_TOLERANCE_MAX};

const QUALITY_MAX: u32 = 100;
const JPEG_QUALITY: u32 = 80;
const WEBP_QUALITY: u32 = 75;
const AVIF_QUALITY: u32 = 60;
const WHITE: [u8; 3] = [u8::MAX; 3];

/// How to make an image from another one. All fields are optional; an empty transform encodes the image again.
///
/// The image is turned upright, rotated, trimmed, fitted, blurred and laid on its background, in this order. It is not
/// enlarged unless `enlarge` is true: a target that is larger than the source shrinks as `fit` says.
// The names in JSON are stored, so they never change, and a missing field is not written: what was derived from a
// transform must be found again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transform {
    /// In pixels. A missing side follows from the image's ratio.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = TARGET_SIDE_PX_MAX), example = 1280)]
    pub width: Option<u32>,
    /// In pixels, like `width`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = TARGET_SIDE_PX_MAX))]
    pub height: Option<u32>,
    /// How to fit the image to `width` and `height` if both are given. Default: `cover`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fit: Option<Fit>,
    /// The part of the image that `cover` keeps. Default: `center`. Only with `cover`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gravity: Option<Gravity>,
    /// `true` enlarges an image that is smaller than the target. Needs a width or a height.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enlarge: Option<bool>,
    /// Rotates the upright image clockwise by 0, 90, 180 or 270 degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = [0, 90, 180, 270, null]))]
    pub rotate: Option<u32>,
    /// Cuts a border of the upper left corner's colour; each channel may differ by this much. An image of one colour
    /// stays whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = TRIM_TOLERANCE_MAX))]
    pub trim: Option<u32>,
    /// Blurs the image; the standard deviation in pixels of the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = BLUR_SIGMA_PX_MAX))]
    pub blur: Option<u32>,
    /// `true` keeps all frames of an animated GIF or WebP. Otherwise the first frame is used. Not with the formats `jpeg`,
    /// `png` and `avif`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub animated: Option<bool>,
    /// The format of the result. If missing, that of the source; JPEG for a HEIC; PNG for a TIFF, a BMP and a GIF without
    /// `animated`. `gif` needs `animated`.
    ///
    /// `auto` makes an image that every client can show (JPEG from a JPEG, or from a WebP or HEIC without transparency, otherwise
    /// PNG; an animation keeps its format), and AVIF and WebP beside it, unless they would be larger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<TargetFormat>,
    /// 1 to 100. Default: 80 for JPEG, 75 for WebP and 60 for AVIF, which look about the same. Not with the formats
    /// `png`, `gif` and `auto`; without effect if the result is a PNG or GIF like its source.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = QUALITY_MAX))]
    pub quality: Option<u32>,
    /// `#rrggbb`: the colour of the bars of `contain`, and of transparent parts in a JPEG. If missing, bars are
    /// transparent, and white in a JPEG.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^#[0-9a-fA-F]{6}$"))]
    pub background: Option<String>,
}

/// How to fit an image to a width and a height.
// The names in JSON are stored, so they never change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// Fills the target and crops what sticks out. A target that is larger than the source shrinks, in its own ratio, to
    /// the largest that the source fills.
    #[default]
    Cover,
    /// Shows the whole image on a canvas of the target's size. A canvas that is larger than the source shrinks, in its own
    /// ratio, to the smallest that holds the source.
    Contain,
    /// Fits the whole image within the target, in the image's own ratio.
    Inside,
    /// Stretches the image to the target, whatever its ratio. A side that is longer than the source's becomes the
    /// source's.
    Fill,
}

/// The part of an image that a crop keeps, of the image as it is seen upright and rotated.
// The names in JSON are stored, so they never change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Gravity {
    #[default]
    Center,
    North,
    NorthEast,
    East,
    SouthEast,
    South,
    SouthWest,
    West,
    NorthWest,
    /// The part with the most contrast, detail and skin.
    Salient,
}

impl Gravity {
    /// The point as shares of the way from left to right and from top to bottom.
    pub(super) const fn share(self) -> (f64, f64) {
        match self {
            Self::Center | Self::Salient => (0.5, 0.5),
            Self::North => (0.5, 0.0),
            Self::NorthEast => (1.0, 0.0),
            Self::East => (1.0, 0.5),
            Self::SouthEast => (1.0, 1.0),
            Self::South => (0.5, 1.0),
            Self::SouthWest => (0.0, 1.0),
            Self::West => (0.0, 0.5),
            Self::NorthWest => (0.0, 0.0),
        }
    }
}

impl Transform {
    pub(super) fn quality_as(&self, format: OutputFormat) -> u8 {
        let default = match format {
            OutputFormat::Jpeg => JPEG_QUALITY,
            OutputFormat::Avif => AVIF_QUALITY,
            OutputFormat::WebP | OutputFormat::Png | OutputFormat::Gif => WEBP_QUALITY,
        };
        self.quality.unwrap_or(default).clamp(1, QUALITY_MAX) as u8
    }

    /// The colour of bars, with its alpha.
    pub(super) fn bars(&self) -> [u8; 4] {
        self.colour().map_or([0; 4], |[red, green, blue]| [red, green, blue, u8::MAX])
    }

    /// The colour that an opaque format shows through transparent parts.
    pub(super) fn backdrop(&self) -> [u8; 3] {
        self.colour().unwrap_or(WHITE)
    }

    fn colour(&self) -> Option<[u8; 3]> {
        let digits = self.background.as_deref()?.strip_prefix('#')?;
        let mut colour = [0; 3];
        hex::decode_to_slice(digits, &mut colour).ok()?;
        Some(colour)
    }
}

#[cfg(test)]
mod tests;
