use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounds::{AVIF_PIXELS_MAX, PIXELS_MAX, SIDE_PX_MAX, WEBP_SIDE_PX_MAX};

/// A format that is decoded. The names in JSON are stored, so they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SourceFormat {
    Jpeg,
    Png,
    WebP,
    Gif,
    Heic,
    Tiff,
    Bmp,
}

/// The formats that are decoded, as a refusal lists them.
pub(super) const ACCEPTED: &str = "JPEG, PNG, WebP, GIF, HEIC, TIFF or BMP";

/// Media types beside those of [`SourceFormat::content_type`] that browsers and other programs send.
const OTHER_NAMES: [(&str, SourceFormat); 6] = [
    ("image/jpg", SourceFormat::Jpeg),
    ("image/pjpeg", SourceFormat::Jpeg),
    ("image/x-png", SourceFormat::Png),
    ("image/heif", SourceFormat::Heic),
    ("image/x-ms-bmp", SourceFormat::Bmp),
    ("image/x-bmp", SourceFormat::Bmp),
];

impl SourceFormat {
    pub const ALL: [Self; 7] =
        [Self::Jpeg, Self::Png, Self::WebP, Self::Gif, Self::Heic, Self::Tiff, Self::Bmp];

    /// The media types of all formats that are decoded, as a sentence lists them.
    pub fn content_types() -> String {
        let [first @ .., last] = Self::ALL.map(Self::content_type);
        format!("{} or {last}", first.join(", "))
    }

    /// The format that a media type names, in any case of letters.
    pub fn named(media_type: &str) -> Option<Self> {
        let names = Self::ALL.into_iter().map(|format| (format.content_type(), format));
        let mut names = names.chain(OTHER_NAMES);
        names.find(|(name, _)| name.eq_ignore_ascii_case(media_type)).map(|(_, format)| format)
    }

    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
            Self::Heic => "image/heic",
            Self::Tiff => "image/tiff",
            Self::Bmp => "image/bmp",
        }
    }

    /// The extensions of file names, the usual one first.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Png => &["png"],
            Self::WebP => &["webp"],
            Self::Gif => &["gif"],
            Self::Heic => &["heic", "heif"],
            Self::Tiff => &["tif", "tiff"],
            Self::Bmp => &["bmp"],
        }
    }
}

impl fmt::Display for SourceFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Gif => "GIF",
            Self::Heic => "HEIC",
            Self::Tiff => "TIFF",
            Self::Bmp => "BMP",
        })
    }
}

/// The format of an image to make.
// The names in JSON are stored, so they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TargetFormat {
    /// An image that every client can show, and smaller ones in other formats.
    Auto,
    Jpeg,
    Png,
    WebP,
    Avif,
    /// Only with `animated`.
    Gif,
}

impl TargetFormat {
    /// The format to encode; `None` where the picture decides.
    pub const fn output(self) -> Option<OutputFormat> {
        match self {
            Self::Auto => None,
            Self::Jpeg => Some(OutputFormat::Jpeg),
            Self::Png => Some(OutputFormat::Png),
            Self::WebP => Some(OutputFormat::WebP),
            Self::Avif => Some(OutputFormat::Avif),
            Self::Gif => Some(OutputFormat::Gif),
        }
    }
}

impl From<OutputFormat> for TargetFormat {
    fn from(format: OutputFormat) -> Self {
        match format {
            OutputFormat::Jpeg => Self::Jpeg,
            OutputFormat::Png => Self::Png,
            OutputFormat::WebP => Self::WebP,
            OutputFormat::Avif => Self::Avif,
            OutputFormat::Gif => Self::Gif,
        }
    }
}

/// The format of an image.
// The names in JSON are stored, so they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OutputFormat {
    Jpeg,
    Png,
    WebP,
    Avif,
    /// Only of animations.
    Gif,
}

impl OutputFormat {
    /// The format for a source that asks for none: its own, if it is one that browsers show. PNG loses no more than a TIFF, a
    /// BMP or a GIF's first frame, and keeps the transparency.
    pub const fn like(source: SourceFormat) -> Self {
        match source {
            SourceFormat::Jpeg | SourceFormat::Heic => Self::Jpeg,
            SourceFormat::WebP => Self::WebP,
            SourceFormat::Png | SourceFormat::Gif | SourceFormat::Tiff | SourceFormat::Bmp => Self::Png,
        }
    }

    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Avif => "image/avif",
            Self::Gif => "image/gif",
        }
    }

    /// The formats that are made beside that of a picture that asks for `auto`, the smallest first as a rule. An animation has
    /// frames to keep, and what takes WebP takes them.
    pub(super) const fn alternatives(self, is_animated: bool) -> &'static [Self] {
        match (self, is_animated) {
            (Self::Gif, true) => &[Self::WebP],
            (_, true) => &[],
            (_, false) => &[Self::Avif, Self::WebP],
        }
    }

    /// The extension of file names.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Avif => "avif",
            Self::Gif => "gif",
        }
    }

    /// The longest side that the format can hold and that is made, in pixels.
    pub(super) const fn side_px_max(self) -> u32 {
        match self {
            Self::WebP => WEBP_SIDE_PX_MAX,
            Self::Jpeg | Self::Png | Self::Avif | Self::Gif => SIDE_PX_MAX,
        }
    }

    /// The most pixels that are made.
    pub(super) const fn pixels_max(self) -> u64 {
        if matches!(self, Self::Avif) { AVIF_PIXELS_MAX } else { PIXELS_MAX }
    }

    /// Whether it can show frames one after the other.
    pub(super) const fn keeps_animation(self) -> bool {
        matches!(self, Self::WebP | Self::Gif)
    }

    /// The format for an animation that is kept where none is asked for: its own, if it has one.
    pub const fn like_animated(source: SourceFormat) -> Self {
        match source {
            SourceFormat::Gif => Self::Gif,
            other => Self::like(other),
        }
    }

    pub(super) const fn keeps_transparency(self) -> bool {
        !matches!(self, Self::Jpeg)
    }
}

impl fmt::Display for OutputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Avif => "AVIF",
            Self::Gif => "GIF",
        })
    }
}
