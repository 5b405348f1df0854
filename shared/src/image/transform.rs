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

/// What to make of a picture. All fields are optional; an empty transform encodes the picture anew.
///
/// The picture is turned upright, rotated, trimmed, fitted, blurred and laid on its background, in this
/// order. Unless asked for, it is never enlarged: a target beyond the source is reduced until it is not, as
/// `fit` says, and the result tells its real size.
///
/// The names in JSON are stored, so they never change, and a missing field is not written: what was
/// derived from a transform must be found again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transform {
    /// Pixels. A missing side follows the picture's ratio.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = TARGET_SIDE_PX_MAX), example = 1280)]
    pub width: Option<u32>,
    /// Like `width`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = TARGET_SIDE_PX_MAX))]
    pub height: Option<u32>,
    /// `cover` if missing. Matters only where both sides are given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fit: Option<Fit>,
    /// What `cover` keeps; `center` if missing. Refused with another fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gravity: Option<Gravity>,
    /// Enlarges a picture that is smaller than the target. Needs a width or a height.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enlarge: Option<bool>,
    /// 0, 90, 180 or 270 degrees clockwise, of the picture as it is seen upright.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = [0, 90, 180, 270, null]))]
    pub rotate: Option<u32>,
    /// Cuts a border of one colour: that of the upper left corner, each channel give or take this much.
    /// A picture of nothing else stays whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = TRIM_TOLERANCE_MAX))]
    pub trim: Option<u32>,
    /// The standard deviation in pixels of the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = BLUR_SIGMA_PX_MAX))]
    pub blur: Option<u32>,
    /// Keeps all frames of an animation, which is a GIF or a WebP, with their times. If missing or false, the
    /// first one is taken. Refused with an explicit format that has no frames.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub animated: Option<bool>,
    /// The source's format if missing, and PNG for a GIF that is not kept animated. GIF needs `animated`.
    ///
    /// `auto` makes what everybody can read (JPEG of a JPEG and of a WebP without transparency, else PNG; of an animation
    /// its own), and beside it AVIF and WebP, each unless it would be larger, or could not hold the picture in that size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<TargetFormat>,
    /// 1 to 100, if missing 80 for JPEG, 75 for WebP and 60 for AVIF, which look about the same. Refused with
    /// an explicit PNG or GIF, which have none, and with `auto`, where each format has its own; ignored where the
    /// format became PNG or GIF for want of another.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = QUALITY_MAX))]
    pub quality: Option<u32>,
    /// `#rrggbb`: the colour of the bars of `contain` and, in a JPEG, what shows through transparent
    /// parts. If missing, bars are transparent, and white in a JPEG.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^#[0-9a-fA-F]{6}$"))]
    pub background: Option<String>,
}

/// How a picture is fitted to a target of two sides. The names in JSON are stored, so they never change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// Fills the target exactly and crops what sticks out, evenly on both ends. A target beyond the source
    /// shrinks, in its own ratio, to the largest that the source fills.
    #[default]
    Cover,
    /// Shows all of the picture on a canvas of exactly the target's size. Where that would enlarge the
    /// picture, the canvas shrinks, in its own ratio, to the smallest that holds the picture as it is.
    Contain,
    /// Fits within the target in the picture's ratio.
    Inside,
    /// Squeezes the picture into the target regardless of its ratio; a side beyond the source's stays
    /// the source's.
    Fill,
}

/// Which part of a picture survives a crop, seen upright and rotated. The names in JSON are stored, so they
/// never change.
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
    /// The part that draws the eye: detail, strong colours and skin.
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
