//! HEIC: the photos of iPhones, and of many other phones.
//!
//! HEIF's boxes say which items there are, and HEVC codes their pixels. Turning and mirroring are among the boxes, and the
//! decoder does them: an EXIF orientation repeats what was done, and counts for nothing.

mod items;
mod layout;

use heifer::heifer_isobmff::boxes::{ColorInfo, Property};
use heifer::heifer_isobmff::{Error as ContainerError, HeifFile};
use heifer::{Error as HeiferError, Options};

use self::items::Items;
use self::layout::Layout;
use super::bounds::PIXELS_MAX;
use super::error::Error;
use super::format::SourceFormat;
use super::header::Header;
use super::orientation::Orientation;
use super::profile::{Inks, Profile};
use super::raster::{Channels, Raster};
use super::size::Size;
use super::{Picture, Stored};

/// Whether the first box names a brand of pictures that HEVC codes.
pub fn is_heic(bytes: &[u8]) -> bool {
    layout::brands(bytes).any(|brand| matches!(brand, b"heic" | b"heix" | b"heim" | b"heis"))
}

/// The size that is seen. `None` where the box that says it lies beyond the bytes.
pub fn read_size(bytes: &[u8]) -> Result<Option<Size>, Error> {
    let Some(file) = Layout::of(bytes)?.described(bytes) else { return Ok(None) };
    Items::parse(file)?.size().map(Some)
}

/// Decodes the primary picture, with its transparency.
pub fn decode(bytes: &[u8], header: Header) -> Result<Picture, Error> {
    let layout = Layout::of(bytes)?;
    let file = layout.whole(bytes).ok_or(TRUNCATED)?;
    let items = Items::parse(file)?;
    items.check(file.len())?;
    let options = Options { max_threads: 1, max_pixels: PIXELS_MAX };
    let image = heifer::decode_rgba8(file, &options).map_err(refusal)?;
    if (image.width, image.height) != (header.width, header.height) {
        return Err(corrupt("has headers that contradict each other"));
    }
    let pixels = image.data;
    let raster = Raster { width: header.width, height: header.height, channels: Channels::Rgba, pixels };
    let raster = if image.has_alpha { raster.without_idle_alpha() } else { raster.without_alpha() };
    Ok(Picture {
        format: SourceFormat::Heic,
        stored: Stored::Raster(raster),
        orientation: Orientation::default(),
        profile: profile(&items.file),
        animation: None,
    })
}

/// The EXIF data, if there is any.
pub fn exif(bytes: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    let layout = Layout::of(bytes)?;
    let file = layout.whole(bytes).ok_or(TRUNCATED)?;
    let file = Items::parse(file)?.file;
    // Metadata that cannot be read is no metadata.
    Ok(file.exif(file.primary_id).unwrap_or_default())
}

/// The colour space, by the profile or else by the code points of the picture or of its first tile.
fn profile(file: &HeifFile<'_>) -> Option<Profile> {
    let id = file.primary_id;
    if let Ok(Some(icc)) = file.icc_profile(id) {
        return Profile::parse(icc, Inks::Rgb)?.unless_srgb();
    }
    let tile = file.referenced_items(id, b"dimg").first().copied();
    let points = [Some(id), tile].into_iter().flatten().find_map(|item| {
        file.item_properties(item).ok()?.find_map(|property| match property {
            Property::Color(ColorInfo::Nclx { primaries, transfer, .. }) => Some((*primaries, *transfer)),
            _ => None,
        })
    });
    let (primaries, transfer) = points?;
    Profile::from_code_points(primaries.try_into().ok()?, transfer.try_into().ok()?)?.unless_srgb()
}

const TRUNCATED: Error = Error::Truncated { format: SourceFormat::Heic };

fn refusal(error: HeiferError) -> Error {
    match error {
        // A box or an item ends beyond the file.
        HeiferError::Container(ContainerError::UnexpectedEof) => TRUNCATED,
        HeiferError::Container(ContainerError::Unimplemented(_))
        | HeiferError::Hevc(heifer::heifer_hevc_dec::Error::Unimplemented(_))
        | HeiferError::Unsupported(_) => items::RARE,
        error => Error::corrupt_by(SourceFormat::Heic, "has damaged data", error),
    }
}

const fn corrupt(why: &'static str) -> Error {
    Error::corrupt(SourceFormat::Heic, why)
}
