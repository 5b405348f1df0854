use super::fields::{u16_be, u16_le, u32_be, u32_le};
use super::orientation::Orientation;

const ORIENTATION_TAG: u16 = 0x0112;
const SHORT: u16 = 3;
const ENTRY_BYTES: usize = 12;

/// Finds the orientation in EXIF data, with or without the prefix that a JPEG puts before it.
/// Damaged data has none: a picture is worth more than its metadata.
pub fn orientation(exif: &[u8]) -> Option<Orientation> {
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    match tiff.get(..4)? {
        b"MM\0*" => find(tiff, u16_be, u32_be),
        b"II*\0" => find(tiff, u16_le, u32_le),
        _ => None,
    }
}

fn find(
    tiff: &[u8],
    u16_at: fn(&[u8], usize) -> Option<u16>,
    u32_at: fn(&[u8], usize) -> Option<u32>,
) -> Option<Orientation> {
    let directory = tiff.get(u32_at(tiff, 4)? as usize..)?;
    let entries = directory.get(2..)?.chunks_exact(ENTRY_BYTES).take(u16_at(directory, 0)?.into());
    let number = entries
        .filter(|entry| u16_at(entry, 0) == Some(ORIENTATION_TAG) && u16_at(entry, 2) == Some(SHORT))
        .find_map(|entry| u16_at(entry, 8))?;
    Orientation::from_exif(number)
}
