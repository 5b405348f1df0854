use super::error::Error;
use super::format::{SourceFormat, sniff};
use super::geometry::Size;
use super::{bmp, gif, heic, jpeg, png, tiff, webp};

/// The largest file that is decoded, in bytes.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The largest picture, in pixels.
pub const PIXELS_MAX: u64 = 50_000_000;
/// The longest side of a picture, in pixels.
pub const SIDE_PX_MAX: u32 = 16_384;
/// The longest animation, in frames, even where only its first one is made.
pub const FRAMES_MAX: u32 = 500;

/// The format and size of an image, by the first bytes of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub format: SourceFormat,
    /// Width in pixels as stored: an orientation that turns the picture by a quarter swaps the sides.
    pub width: u32,
    /// Height in pixels as stored.
    pub height: u32,
}

/// Reads the header from the first bytes of a file, which may end anywhere. Says `None` when the
/// header's essential part lies beyond them: the file may still be fine, or cut off.
///
/// 64 KiB suffice for nearly all files; only a JPEG with large metadata needs more.
pub fn read_header(bytes: &[u8]) -> Result<Option<Header>, Error> {
    let format = sniff(bytes).ok_or(Error::UNKNOWN_FORMAT)?;
    let size = match format {
        SourceFormat::Jpeg => jpeg::read_size(bytes)?,
        SourceFormat::Png => png::read_size(bytes)?,
        SourceFormat::WebP => webp::read_size(bytes)?,
        SourceFormat::Gif => gif::read_size(bytes),
        SourceFormat::Heic => heic::read_size(bytes)?,
        SourceFormat::Tiff => tiff::read_size(bytes)?,
        SourceFormat::Bmp => bmp::read_size(bytes),
    };
    size.map(|size| bounded(format, size)).transpose()
}

impl Header {
    pub(super) const fn size(self) -> Size {
        Size { width: self.width, height: self.height }
    }
}

fn bounded(format: SourceFormat, Size { width, height }: Size) -> Result<Header, Error> {
    if width == 0 || height == 0 {
        return Err(Error::corrupt(format, "has no pixels"));
    }
    let pixels = u64::from(width) * u64::from(height);
    if width > SIDE_PX_MAX || height > SIDE_PX_MAX || pixels > PIXELS_MAX {
        return Err(Error::ImageTooLarge { width, height });
    }
    Ok(Header { format, width, height })
}
