use std::fmt;

use super::animation::ANIMATION_PIXELS_MAX;
use super::format::{OutputFormat, SourceFormat};
use super::header::{FILE_BYTES_MAX, FRAMES_MAX, PIXELS_MAX, SIDE_PX_MAX};

const MEBIBYTE: usize = 1024 * 1024;
const MEGAPIXEL: u64 = 1_000_000;

/// What a codec said.
pub(super) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a file or a transform is refused. The same bytes are refused the same way every time, so that
/// trying again is pointless.
#[derive(Debug)]
pub enum Error {
    /// The bytes are no picture of a supported kind; `what` is a noun phrase for what they are.
    UnsupportedFormat {
        what: &'static str,
    },
    FileTooLarge {
        bytes: usize,
    },
    ImageTooLarge {
        width: u32,
        height: u32,
    },
    TooManyFrames,
    /// An animation that is kept has more pixels than that, over all its frames.
    AnimationTooLarge {
        frames: u32,
        width: u32,
        height: u32,
    },
    /// The file ends before the picture does.
    Truncated {
        format: SourceFormat,
        bytes: usize,
    },
    Corrupt {
        format: SourceFormat,
        source: Cause,
    },
    /// See [`Transform::field_errors`](super::Transform::field_errors) for all of them.
    InvalidTransform {
        pointer: String,
        detail: String,
    },
    Unencodable {
        format: OutputFormat,
        source: Cause,
    },
}

impl Error {
    pub(super) const UNKNOWN_FORMAT: Self =
        Self::UnsupportedFormat { what: "neither a JPEG, a PNG, a WebP nor a GIF" };

    pub(super) fn corrupt(format: SourceFormat, source: impl Into<Cause>) -> Self {
        Self::Corrupt { format, source: source.into() }
    }

    pub(super) fn unencodable(format: OutputFormat, source: impl Into<Cause>) -> Self {
        Self::Unencodable { format, source: source.into() }
    }

    /// The reason's stable name. Clients match on it, so it never changes.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnsupportedFormat { .. } => "unsupported_format",
            Self::FileTooLarge { .. } => "file_too_large",
            Self::ImageTooLarge { .. } => "image_too_large",
            Self::TooManyFrames => "too_many_frames",
            Self::AnimationTooLarge { .. } => "animation_too_large",
            Self::Truncated { .. } => "image_truncated",
            Self::Corrupt { .. } => "image_corrupt",
            Self::InvalidTransform { .. } => "invalid_transform",
            Self::Unencodable { .. } => "image_unencodable",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnsupportedFormat { what } => write!(f, "the file is {what}"),
            Self::FileTooLarge { bytes } => {
                write!(f, "{bytes} bytes; at most {} MiB", FILE_BYTES_MAX / MEBIBYTE)
            }
            Self::ImageTooLarge { width, height } => write!(
                f,
                "{width} × {height} pixels; at most {} megapixels and {SIDE_PX_MAX} pixels a side",
                PIXELS_MAX / MEGAPIXEL
            ),
            Self::TooManyFrames => write!(f, "more than {FRAMES_MAX} frames"),
            Self::AnimationTooLarge { frames, width, height } => write!(
                f,
                "{frames} frames of {width} × {height} pixels; at most {} megapixels over all frames",
                ANIMATION_PIXELS_MAX / MEGAPIXEL
            ),
            Self::Truncated { format, bytes } => {
                write!(f, "the {format} is cut off: it does not end within its {bytes} bytes")
            }
            Self::Corrupt { format, source } => write!(f, "the {format} cannot be decoded: {source}"),
            Self::InvalidTransform { pointer, detail } => write!(f, "{pointer}: {detail}"),
            Self::Unencodable { format, source } => write!(f, "encoding the {format}: {source}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Corrupt { source, .. } | Self::Unencodable { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}
