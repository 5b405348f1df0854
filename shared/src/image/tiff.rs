//! TIFF: what scanners and printing programs write. The first page is the picture.

mod samples;

use std::io::{Cursor, ErrorKind};

use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};

use self::samples::Samples;
use super::error::Error;
use super::exif::{Directory, Exif};
use super::format::SourceFormat;
use super::header::Header;
use super::jpeg;
use super::orientation::Orientation;
use super::profile::{Inks, Profile};
use super::raster::{Channels, Raster};
use super::size::Size;
use super::{Picture, Stored};

const SUBFILE: u16 = 0x00FE;
const WIDTH: u16 = 0x0100;
const HEIGHT: u16 = 0x0101;
const PROFILE: u16 = 0x8773;
/// The most numbers of an entry, of which the decoder keeps 32 bytes each: those of strips and tiles.
const VALUES_MAX: u32 = 64 * 1024;
const REDUCED: u32 = 1;
const PREMULTIPLIED: u32 = 1;
const CHUNKY: u32 = 1;

/// Memory for one strip or tile: at most all of a picture of 16 bits a channel.
const BYTES_PER_PIXEL_MAX: usize = 8;

const RARE: Error = Error::UnsupportedFormat { what: "a rare TIFF" };

pub fn is_tiff(bytes: &[u8]) -> bool {
    bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*")
}

/// The size of the first page. `None` where its directory lies beyond the bytes.
pub fn read_size(bytes: &[u8]) -> Result<Option<Size>, Error> {
    let Some(page) = first_page(bytes) else { return Ok(None) };
    // A raw photo has its thumbnail first.
    if page.long(SUBFILE).is_some_and(|kind| kind & REDUCED != 0) || bytes.get(8..10) == Some(b"CR") {
        return Err(Error::UnsupportedFormat { what: "a raw photo" });
    }
    match (page.long(WIDTH), page.long(HEIGHT)) {
        (Some(width), Some(height)) => Ok(Some(Size { width, height })),
        _ => Err(corrupt("does not say its size")),
    }
}

/// The directory of the first page, if all of it is there.
pub fn first_page(bytes: &[u8]) -> Option<Directory<'_>> {
    Exif::of_file(bytes)?.main().filter(Directory::is_whole)
}

pub fn decode(bytes: &[u8], header: Header) -> Result<Picture, Error> {
    let page = first_page(bytes).ok_or(const { Error::Truncated { format: SourceFormat::Tiff } })?;
    if !page.is_within(VALUES_MAX) {
        return Err(RARE);
    }
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(refusal)?;
    let pixels_bytes = header.size().pixels() * BYTES_PER_PIXEL_MAX;
    let mut limits = Limits::default();
    limits.decoding_buffer_size = pixels_bytes;
    limits.intermediate_buffer_size = pixels_bytes;
    decoder = decoder.with_limits(limits);
    if decoder.dimensions().map_err(refusal)? != (header.width, header.height) {
        return Err(corrupt("has headers that contradict each other"));
    }
    let colour = decoder.colortype().map_err(refusal)?;
    let is_chunky = tag(&mut decoder, Tag::PlanarConfiguration).is_none_or(|layout| layout == CHUNKY);
    if !is_chunky && colour.num_samples() > 1 {
        return Err(RARE);
    }
    let is_premultiplied = tag(&mut decoder, Tag::ExtraSamples) == Some(PREMULTIPLIED);
    let samples = Samples::new(colour, header.size()).ok_or(RARE)?;
    let bytes_of = |decoded: DecodingResult| match decoded {
        DecodingResult::U8(samples) => Ok(samples),
        DecodingResult::U16(samples) => Ok(samples.into_iter().map(|sample| (sample >> 8) as u8).collect()),
        _ => Err(RARE),
    };
    let decoded = bytes_of(decoder.read_image().map_err(refusal)?)?;
    let icc = page.bytes(PROFILE);
    let profile = icc.and_then(|icc| Profile::parse(icc, samples.inks())?.unless_srgb());
    let (channels, pixels) = samples.unpacked(decoded).ok_or(const { corrupt("has missing pixels") })?;
    let Header { width, height, .. } = header;
    let is_cmyk = samples.inks() == Inks::Cmyk;
    let (channels, pixels, profile) = if is_cmyk {
        (Channels::Rgb, jpeg::inks_to_rgb(pixels, profile.as_ref()), None)
    } else {
        (channels, pixels, profile)
    };
    let mut raster = Raster { width, height, channels, pixels };
    if is_premultiplied && channels == Channels::Rgba {
        raster.divide_by_alpha();
    }
    let orientation = page.orientation();
    Ok(Picture {
        format: SourceFormat::Tiff,
        stored: Stored::Raster(raster.without_idle_alpha()),
        orientation: orientation.and_then(Orientation::from_exif).unwrap_or_default(),
        profile,
        animation: None,
    })
}

fn tag(decoder: &mut Decoder<Cursor<&[u8]>>, tag: Tag) -> Option<u32> {
    decoder.get_tag_unsigned::<u32>(tag).ok().or_else(|| decoder.get_tag_u32_vec(tag).ok()?.first().copied())
}

fn refusal(error: TiffError) -> Error {
    match error {
        TiffError::UnsupportedError(_) => RARE,
        TiffError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Error::Truncated { format: SourceFormat::Tiff }
        }
        error => Error::corrupt_by(SourceFormat::Tiff, "has damaged or missing pixels", error),
    }
}

const fn corrupt(why: &'static str) -> Error {
    Error::corrupt(SourceFormat::Tiff, why)
}
