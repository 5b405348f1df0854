use super::corrupt;
use crate::image::error::Error;
use crate::image::fields::u32_be;

/// The largest box that describes the items, in bytes; phones write less than 16 KiB. Its items are compared with each other.
const META_BYTES_MAX: usize = 128 * 1024;
/// The brands of a file that are looked at; writers name about five.
const BRANDS_MAX: usize = 32;
const BOX_HEAD_BYTES: usize = 8;
const LONG_HEAD_BYTES: usize = 16;

/// Where a file's boxes end.
pub struct Layout {
    /// The end of the box that describes the items, which may lie beyond the bytes.
    described: Option<usize>,
    /// The end of the last box that is whole and belongs to the picture.
    whole: usize,
}

impl Layout {
    /// Walks the boxes to the end, to what is none, or to a second description.
    pub fn of(bytes: &[u8]) -> Result<Self, Error> {
        let mut layout = Self { described: None, whole: 0 };
        while let Some((kind, length)) = next_box(&bytes[layout.whole..]) {
            let end = layout.whole.saturating_add(length);
            if &kind == b"meta" {
                if layout.described.is_some() {
                    break;
                }
                if length > META_BYTES_MAX {
                    return Err(corrupt("has too large a header"));
                }
                layout.described = Some(end);
            }
            if end > bytes.len() {
                break;
            }
            layout.whole = end;
        }
        Ok(layout)
    }

    /// The file up to the description's end, if that is there.
    pub fn described<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        bytes.get(..self.described?)
    }

    /// The file without what belongs to no box, or to one that was cut off, if the description is there.
    pub fn whole<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        self.described(bytes)?;
        bytes.get(..self.whole)
    }
}

/// The brands that the first box names.
pub fn brands(bytes: &[u8]) -> impl Iterator<Item = &[u8; 4]> {
    let length = match next_box(bytes) {
        Some((kind, length)) if &kind == b"ftyp" => length.min(bytes.len()),
        _ => 0,
    };
    let names = bytes.get(BOX_HEAD_BYTES..length).unwrap_or_default().as_chunks::<4>().0;
    // The second is a version.
    names.iter().enumerate().filter(|(at, _)| *at != 1).map(|(_, brand)| brand).take(BRANDS_MAX)
}

/// The kind and length of the box that starts there.
fn next_box(bytes: &[u8]) -> Option<([u8; 4], usize)> {
    let kind = *bytes.get(4..)?.first_chunk()?;
    let (head, length) = match u32_be(bytes, 0)? {
        0 => (BOX_HEAD_BYTES, bytes.len()),
        1 => {
            let length = u64::from_be_bytes(*bytes.get(BOX_HEAD_BYTES..)?.first_chunk()?);
            (LONG_HEAD_BYTES, usize::try_from(length).ok()?)
        }
        length => (BOX_HEAD_BYTES, length as usize),
    };
    (length >= head).then_some((kind, length))
}
