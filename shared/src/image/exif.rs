//! Reads EXIF data: directories of tagged values, where each is found by its offset.
//!
//! Nothing is copied before it is asked for and no offset is followed twice, so that a file can make it do
//! no more than its length is worth. Damaged data has no values: a picture is worth more than its metadata.

use super::fields::{u16_be, u16_le, u32_be, u32_le};
use super::orientation::Orientation;

/// The part of EXIF data that is read, in bytes. Cameras write less than 64 KiB, which is all that a JPEG holds.
pub const EXIF_BYTES_MAX: usize = 1024 * 1024;
/// The part of a directory that is read, in entries; cameras write about 50.
const ENTRIES_MAX: u16 = 512;

const ORIENTATION: u16 = 0x0112;
const ENTRY_BYTES: usize = 12;
/// Values up to this size sit in the entry itself.
const INLINE_BYTES: usize = 4;

const BYTE: u16 = 1;
const TEXT: u16 = 2;
const SHORT: u16 = 3;
const LONG: u16 = 4;
const RATIONAL: u16 = 5;
const UNDEFINED: u16 = 7;
/// The types that writers use for small numbers, whichever of them the tag asks for.
const NUMBERS: [u16; 3] = [SHORT, LONG, BYTE];

/// Finds the orientation in EXIF data, with or without the prefix that a JPEG puts before it.
pub fn orientation(exif: &[u8]) -> Option<Orientation> {
    Orientation::from_exif(Exif::new(exif)?.main()?.orientation()?)
}

/// EXIF data with its order of bytes.
#[derive(Clone, Copy)]
pub struct Exif<'a> {
    bytes: &'a [u8],
    u16_at: fn(&[u8], usize) -> Option<u16>,
    u32_at: fn(&[u8], usize) -> Option<u32>,
}

impl<'a> Exif<'a> {
    pub fn new(exif: &'a [u8]) -> Option<Self> {
        let bytes = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
        Self::of_file(&bytes[..bytes.len().min(EXIF_BYTES_MAX)])
    }

    /// A whole TIFF, whose directories are EXIF data's.
    pub fn of_file(bytes: &'a [u8]) -> Option<Self> {
        match bytes.get(..4)? {
            b"MM\0*" => Some(Self { bytes, u16_at: u16_be, u32_at: u32_be }),
            b"II*\0" => Some(Self { bytes, u16_at: u16_le, u32_at: u32_le }),
            _ => None,
        }
    }

    /// The directory that describes the picture.
    pub fn main(self) -> Option<Directory<'a>> {
        self.directory((self.u32_at)(self.bytes, 4)?)
    }

    fn directory(self, offset: u32) -> Option<Directory<'a>> {
        let start = self.bytes.get(offset as usize..)?;
        let count = (self.u16_at)(start, 0)?.min(ENTRIES_MAX);
        Some(Directory { exif: self, count, entries: start.get(2..)? })
    }
}

#[derive(Clone, Copy)]
pub struct Directory<'a> {
    exif: Exif<'a>,
    count: u16,
    entries: &'a [u8],
}

impl<'a> Directory<'a> {
    /// The directory that an entry points to.
    pub fn inner(&self, tag: u16) -> Option<Directory<'a>> {
        let (_, value) = self.value(tag, &[LONG])?;
        self.exif.directory((self.exif.u32_at)(value, 0)?)
    }

    /// 1 to 8: how the picture is stored.
    pub fn orientation(&self) -> Option<u16> {
        self.number(ORIENTATION).filter(|number| (1..=8).contains(number))
    }

    pub fn text(&self, tag: u16) -> Option<&'a [u8]> {
        Some(self.value(tag, &[TEXT])?.1)
    }

    /// Whether none of its entries lies beyond the data.
    pub fn is_whole(&self) -> bool {
        self.entries.len() >= usize::from(self.count) * ENTRY_BYTES
    }

    /// Whether each entry has at most so many numbers, of a directory that is read to its end.
    pub fn is_within(&self, values_max: u32) -> bool {
        let mut entries = self.entries.chunks_exact(ENTRY_BYTES).take(self.count.into());
        self.count < ENTRIES_MAX
            && entries.all(|entry| {
                let kind = (self.exif.u16_at)(entry, 2);
                let is_bytes = matches!(kind, Some(BYTE | TEXT | UNDEFINED));
                is_bytes || (self.exif.u32_at)(entry, 4).is_some_and(|count| count <= values_max)
            })
    }

    /// Bytes of a meaning that is the tag's own.
    pub fn bytes(&self, tag: u16) -> Option<&'a [u8]> {
        Some(self.value(tag, &[UNDEFINED, BYTE])?.1)
    }

    /// A number of up to 32 bits, in whichever type it is written.
    pub fn long(&self, tag: u16) -> Option<u32> {
        let (kind, value) = self.value(tag, &NUMBERS)?;
        match kind {
            SHORT => (self.exif.u16_at)(value, 0).map(u32::from),
            LONG => (self.exif.u32_at)(value, 0),
            _ => value.first().copied().map(u32::from),
        }
    }

    /// A number of up to 16 bits, in whichever type it is written.
    pub fn number(&self, tag: u16) -> Option<u16> {
        self.long(tag)?.try_into().ok()
    }

    /// Fractions that are finite numbers.
    pub fn rationals<const N: usize>(&self, tag: u16) -> Option<[f64; N]> {
        let (_, value) = self.value(tag, &[RATIONAL])?;
        let mut rationals = [0.0; N];
        for (index, rational) in rationals.iter_mut().enumerate() {
            let at = |offset| (self.exif.u32_at)(value, index * 8 + offset).map(f64::from);
            *rational = at(0)? / at(4)?;
            if !rational.is_finite() {
                return None;
            }
        }
        Some(rationals)
    }

    /// The type and value of the first entry of a tag, and of one of some types, whose value lies within the data.
    fn value(&self, tag: u16, kinds: &[u16]) -> Option<(u16, &'a [u8])> {
        let exif = self.exif;
        let mut entries = self.entries.chunks_exact(ENTRY_BYTES).take(self.count.into());
        entries.find_map(|entry| {
            let kind = (exif.u16_at)(entry, 2)?;
            if (exif.u16_at)(entry, 0) != Some(tag) || !kinds.contains(&kind) {
                return None;
            }
            let unit = match kind {
                SHORT => 2,
                LONG => 4,
                RATIONAL => 8,
                _ => 1,
            };
            let length = ((exif.u32_at)(entry, 4)? as usize).checked_mul(unit)?;
            if length <= INLINE_BYTES {
                return Some((kind, entry.get(8..8 + length)?));
            }
            let offset = (exif.u32_at)(entry, 8)? as usize;
            Some((kind, exif.bytes.get(offset..)?.get(..length)?))
        })
    }
}
