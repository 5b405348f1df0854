//! Reads the first bytes of a file: its format and its size.

use super::bounds::{PIXELS_MAX, SIDE_PX_MAX};
use super::error::Error;
use super::format::SourceFormat;
use super::header::Header;
use super::size::Size;
use super::{bmp, gif, heic, jpeg, png, tiff, webp};

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

/// Finds a file's format by its first bytes, whatever its name says: 18 of them, or the first box of a HEIC.
pub fn sniff(bytes: &[u8]) -> Option<SourceFormat> {
    if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        Some(SourceFormat::Jpeg)
    } else if bytes.starts_with(b"\x89PNG\r\n\x1A\n") {
        Some(SourceFormat::Png)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some(SourceFormat::WebP)
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        Some(SourceFormat::Gif)
    } else if heic::is_heic(bytes) {
        Some(SourceFormat::Heic)
    } else if tiff::is_tiff(bytes) {
        Some(SourceFormat::Tiff)
    } else if bmp::is_bmp(bytes) {
        Some(SourceFormat::Bmp)
    } else {
        None
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
