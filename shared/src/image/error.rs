use std::borrow::Cow;
use std::fmt;

use super::bounds::{ANIMATION_PIXELS_MAX, FILE_BYTES_MAX, FRAMES_MAX, PIXELS_MAX, SIDE_PX_MAX};
use super::format::{ACCEPTED, OutputFormat, SourceFormat};

const MEBIBYTE: usize = 1024 * 1024;
const MEGAPIXEL: u64 = 1_000_000;

/// The codec's own message, for the log alone.
pub(super) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a file or a transform is refused. The same bytes are refused the same way every time, so that
/// trying again is pointless. A job's row keeps 64 characters of what is said, so that all of it is shorter.
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
    /// Pixels are missing.
    Truncated {
        format: SourceFormat,
    },
    /// `why` goes on after the format's name.
    Corrupt {
        format: SourceFormat,
        why: &'static str,
        source: Option<Cause>,
    },
    /// See [`Transform::field_errors`](super::Transform::field_errors) for all of them.
    InvalidTransform {
        pointer: String,
        detail: String,
    },
    Unencodable {
        format: OutputFormat,
        detail: Cow<'static, str>,
        source: Option<Cause>,
    },
}

impl Error {
    pub(super) const UNKNOWN_FORMAT: Self = Self::UnsupportedFormat { what: "no known image" };

    pub(super) const fn corrupt(format: SourceFormat, why: &'static str) -> Self {
        Self::Corrupt { format, why, source: None }
    }

    /// Says in our own words what a codec refused.
    pub(super) fn corrupt_by(format: SourceFormat, why: &'static str, source: impl Into<Cause>) -> Self {
        Self::Corrupt { format, why, source: Some(source.into()) }
    }

    pub(super) fn unencodable(format: OutputFormat, source: impl Into<Cause>) -> Self {
        let detail = Cow::Borrowed("the picture cannot be written in this format and size");
        Self::Unencodable { format, detail, source: Some(source.into()) }
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
            Self::UnsupportedFormat { what } => write!(f, "{what}; send {ACCEPTED}"),
            Self::FileTooLarge { bytes } => {
                write!(f, "{bytes} bytes; send at most {} MiB", FILE_BYTES_MAX / MEBIBYTE)
            }
            Self::ImageTooLarge { width, height } => {
                let megapixels = PIXELS_MAX / MEGAPIXEL;
                write!(f, "{width} × {height} px; at most {megapixels} MP, {SIDE_PX_MAX} px a side")
            }
            Self::TooManyFrames => write!(f, "more than {FRAMES_MAX} frames; send a shorter animation"),
            Self::AnimationTooLarge { frames, width, height } => {
                let megapixels = ANIMATION_PIXELS_MAX / MEGAPIXEL;
                write!(f, "{frames} frames of {width} × {height} px; at most {megapixels} MP in all")
            }
            Self::Truncated { format } => write!(f, "the {format} is cut off; send the whole file"),
            Self::Corrupt { format, why, .. } => write!(f, "the {format} {why}; save it anew"),
            Self::InvalidTransform { pointer, detail } => write!(f, "{pointer}: {detail}"),
            Self::Unencodable { format, detail, .. } => write!(f, "{format}: {detail}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Corrupt { source: Some(source), .. } | Self::Unencodable { source: Some(source), .. } => {
                Some(source.as_ref())
            }
            _ => None,
        }
    }
}
