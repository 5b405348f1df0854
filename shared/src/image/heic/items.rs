use heifer::heifer_hevc_dec::nal::{NalUnit, split_annex_b};
use heifer::heifer_hevc_dec::params::ParameterSets;
use heifer::heifer_isobmff::boxes::Property;
use heifer::heifer_isobmff::{Error as ContainerError, HeifFile, ItemId};

use super::{TRUNCATED, corrupt};
use crate::image::bounds::PIXELS_MAX;
use crate::image::error::Error;
use crate::image::format::SourceFormat;
use crate::image::size::Size;

pub const RARE: Error = Error::UnsupportedFormat { what: "a rare HEIC" };

/// The most tiles of a picture. Phones write tiles of 512 pixels a side.
const TILES_MAX: usize = 1024;
/// The most pixels that are decoded of a picture's tiles and its transparency, which fill more than the picture.
const CODED_PIXELS_MAX: u64 = 3 * PIXELS_MAX;
/// The most bytes that are decoded, for each of the file's: items may share theirs.
const CODED_BYTES_PER_BYTE_MAX: usize = 2;
/// The most pixels a side that the last blocks of a coded picture add to it.
const FILL_PX_MAX: u64 = 64;
/// How large a tile may be beside a picture that shows a part of it: so many times as large, and a usual one.
const TILE_PER_PICTURE_MAX: u64 = 2;
const TILE_PIXELS: u64 = 1024 * 1024;
const MORE_THAN_SHOWN: Error = corrupt("codes more pixels than it shows");
const SEQUENCE_PARAMETERS: u8 = 33;

/// The totals of all that is decoded of a file.
struct Coded {
    pixels: u64,
    bytes: usize,
    /// The bound of one item.
    shown_max: u64,
    bytes_max: usize,
}

/// A file's items, of which the primary is the picture.
pub struct Items<'a> {
    pub file: HeifFile<'a>,
}

impl<'a> Items<'a> {
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        Ok(Self { file: HeifFile::parse(bytes).map_err(refusal)? })
    }

    /// The size of the picture once it is cut and turned as its properties say.
    pub fn size(&self) -> Result<Size, Error> {
        let file = &self.file;
        let stored = file.image_size(file.primary_id).map_err(refusal)?;
        let (mut width, mut height) = stored.ok_or(const { corrupt("has no size") })?;
        for property in file.item_properties(file.primary_id).map_err(refusal)? {
            match property {
                Property::CleanAperture { .. } => return Err(RARE),
                Property::Rotation(quarters) if quarters % 2 == 1 => {
                    (width, height) = (height, width);
                }
                _ => {}
            }
        }
        Ok(Size { width, height })
    }

    /// Checks the bounds that the decoder does not know: how items may depend on each other, and how many pixels are
    /// coded in all, whatever the boxes say of that.
    pub fn check(&self, file_bytes: usize) -> Result<(), Error> {
        let primary = self.file.primary_id;
        let shown_max = self.size()?.pixels() as u64 * TILE_PER_PICTURE_MAX + TILE_PIXELS;
        let bytes_max = CODED_BYTES_PER_BYTE_MAX * file_bytes;
        let mut coded = Coded { pixels: 0, bytes: 0, shown_max, bytes_max };
        self.add_picture(primary, &mut coded)?;
        for alpha in self.file.referencing_items(primary, b"auxl") {
            // Depth and gain maps are not decoded.
            if self.is_alpha(alpha)? {
                self.add_picture(alpha, &mut coded)?;
            }
        }
        Ok(())
    }

    fn add_picture(&self, id: ItemId, coded: &mut Coded) -> Result<(), Error> {
        let file = &self.file;
        match &file.item(id).map_err(refusal)?.item_type.0 {
            b"hvc1" => self.add_coded(id, coded),
            b"grid" => {
                let tiles = file.referenced_items(id, b"dimg");
                if tiles.len() > TILES_MAX {
                    return Err(RARE);
                }
                for tile in tiles {
                    let is_coded = &file.item(*tile).map_err(refusal)?.item_type.0 == b"hvc1";
                    if !is_coded || !file.referencing_items(*tile, b"auxl").is_empty() {
                        return Err(RARE);
                    }
                    self.add_coded(*tile, coded)?;
                }
                Ok(())
            }
            _ => Err(RARE),
        }
    }

    /// Adds the pixels of the largest picture that an item's parameters allow.
    fn add_coded(&self, id: ItemId, coded: &mut Coded) -> Result<(), Error> {
        let damaged = |error| Error::corrupt_by(SourceFormat::Heic, "has damaged data", error);
        let stream = self.file.hevc_bitstream(id).map_err(refusal)?;
        let mut pixels = 0;
        for unit in split_annex_b(&stream) {
            // Its type is in six bits of the first byte.
            if unit.first().map(|head| head >> 1 & 0x3F) != Some(SEQUENCE_PARAMETERS) {
                continue;
            }
            let mut sets = ParameterSets::default();
            sets.add(&NalUnit::parse(unit).map_err(damaged)?).map_err(damaged)?;
            for set in sets.sps.iter().flatten() {
                let (width, height) = (set.pic_width_in_luma_samples, set.pic_height_in_luma_samples);
                pixels = u64::max(pixels, u64::from(width) * u64::from(height));
            }
        }
        let (width, height) = self.file.image_size(id).map_err(refusal)?.unwrap_or_default();
        let shown = u64::from(width) * u64::from(height);
        let filled = (u64::from(width) + FILL_PX_MAX) * (u64::from(height) + FILL_PX_MAX);
        if pixels > filled || shown > coded.shown_max {
            return Err(MORE_THAN_SHOWN);
        }
        coded.pixels += pixels;
        coded.bytes += stream.len();
        if coded.pixels > CODED_PIXELS_MAX || coded.bytes > coded.bytes_max {
            return Err(MORE_THAN_SHOWN);
        }
        Ok(())
    }

    fn is_alpha(&self, id: ItemId) -> Result<bool, Error> {
        let mut properties = self.file.item_properties(id).map_err(refusal)?;
        Ok(properties.any(|property| match property {
            Property::AuxiliaryType(kind) => kind.ends_with(":alpha") || kind.ends_with("auxid:1"),
            _ => false,
        }))
    }
}

fn refusal(error: ContainerError) -> Error {
    match error {
        ContainerError::UnexpectedEof => TRUNCATED,
        ContainerError::Unimplemented(_) => RARE,
        error => Error::corrupt_by(SourceFormat::Heic, "has damaged boxes", error),
    }
}
