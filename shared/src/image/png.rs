use std::io::{Cursor, Read};

use flate2::read::ZlibDecoder;
use png::{ColorType, Decoder, DeflateCompression, Encoder, Filter, Transformations};

use super::Picture;
use super::error::{Cause, Error};
use super::exif;
use super::fields::u32_be;
use super::format::{OutputFormat, SourceFormat};
use super::geometry::Size;
use super::header::{FRAMES_MAX, Header};
use super::profile::{Inks, PROFILE_BYTES_MAX, Profile};
use super::raster::{Channels, Raster};

const SIGNATURE_BYTES: usize = 8;
/// A chunk's length, kind and checksum.
const CHUNK_FRAME_BYTES: usize = 12;
/// 1 to 9; photographs take a third of level 6's time, and 2 to 5 % more bytes.
const COMPRESSION_LEVEL: u8 = 4;

/// The size in the first chunk.
pub fn read_size(bytes: &[u8]) -> Result<Option<Size>, Error> {
    match bytes.get(12..16) {
        Some(b"IHDR") => {}
        Some(_) => return Err(corrupt("it does not start with a header")),
        None => return Ok(None),
    }
    Ok(u32_be(bytes, 16).zip(u32_be(bytes, 20)).map(|(width, height)| Size { width, height }))
}

pub fn decode(bytes: &[u8], header: Header) -> Result<Picture, Error> {
    let survey = Survey::of(bytes)?;
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    // It would be inflated to any size that memory allows.
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().map_err(corrupt)?;
    let mut pixels = vec![0; reader.output_buffer_size().unwrap_or(0)];
    let info = reader.next_frame(&mut pixels).map_err(corrupt)?;
    if (Size { width: info.width, height: info.height }) != header.size() {
        return Err(corrupt("its first frame does not fill it"));
    }

    let inks = match info.color_type {
        ColorType::Grayscale | ColorType::GrayscaleAlpha => Inks::Grey,
        _ => Inks::Rgb,
    };
    let profile = survey.profile.and_then(inflated).and_then(|icc| Profile::parse(&icc, inks));
    let (channels, pixels) = match info.color_type {
        ColorType::Rgb => (Channels::Rgb, pixels),
        ColorType::Rgba => (Channels::Rgba, pixels),
        ColorType::Grayscale => (Channels::Rgb, pixels.iter().flat_map(|&grey| [grey; 3]).collect()),
        ColorType::GrayscaleAlpha => {
            let pairs = pixels.as_chunks().0.iter();
            (Channels::Rgba, pairs.flat_map(|&[grey, alpha]| [grey, grey, grey, alpha]).collect())
        }
        ColorType::Indexed => return Err(corrupt("its palette was not applied")),
    };
    let raster = Raster { width: info.width, height: info.height, channels, pixels }.without_idle_alpha();
    let orientation = survey.exif.and_then(exif::orientation).unwrap_or_default();
    Ok(Picture { format: SourceFormat::Png, raster, orientation, profile, animation: None })
}

pub fn encode(raster: &Raster) -> Result<Vec<u8>, Error> {
    let unencodable = |error: png::EncodingError| Error::unencodable(OutputFormat::Png, error);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, raster.width, raster.height);
    encoder.set_deflate_compression(DeflateCompression::Level(COMPRESSION_LEVEL));
    encoder.set_filter(Filter::Adaptive);
    encoder.set_color(match raster.channels {
        Channels::Rgb => ColorType::Rgb,
        Channels::Rgba => ColorType::Rgba,
    });
    let mut writer = encoder.write_header().map_err(unencodable)?;
    writer.write_image_data(&raster.pixels).map_err(unencodable)?;
    writer.finish().map_err(unencodable)?;
    Ok(bytes)
}

/// The EXIF data, if there is any.
pub fn exif(bytes: &[u8]) -> Result<Option<&[u8]>, Error> {
    Ok(Survey::of(bytes)?.exif)
}

/// The colour profile in an `iCCP` chunk, after its name and a zero for the only method there is. A byte over
/// the bound suffices to see that it is too large.
fn inflated(chunk: &[u8]) -> Option<Vec<u8>> {
    let name_end = chunk.iter().position(|byte| *byte == 0)?;
    let deflated = chunk.get(name_end + 1..)?.strip_prefix(&[0])?;
    let mut icc = Vec::new();
    ZlibDecoder::new(deflated).take(PROFILE_BYTES_MAX as u64 + 1).read_to_end(&mut icc).ok()?;
    Some(icc)
}

/// What the chunks tell before anything is decoded.
struct Survey<'a> {
    exif: Option<&'a [u8]>,
    profile: Option<&'a [u8]>,
}

impl<'a> Survey<'a> {
    /// Walks all chunks to the one that ends the picture, which a file that was cut off lacks.
    fn of(bytes: &'a [u8]) -> Result<Self, Error> {
        let truncated = || Error::Truncated { format: SourceFormat::Png, bytes: bytes.len() };
        let (mut exif, mut profile) = (None, None);
        let mut rest = &bytes[SIGNATURE_BYTES..];
        loop {
            let length = u32_be(rest, 0).ok_or_else(truncated)? as usize;
            let end = length.checked_add(CHUNK_FRAME_BYTES).ok_or_else(truncated)?;
            let (chunk, next) = rest.split_at_checked(end).ok_or_else(truncated)?;
            let payload = &chunk[8..8 + length];
            match &chunk[4..8] {
                b"IEND" => return Ok(Self { exif, profile }),
                b"acTL" if u32_be(payload, 0).is_some_and(|frames| frames > FRAMES_MAX) => {
                    return Err(Error::TooManyFrames);
                }
                b"iCCP" => profile = profile.or(Some(payload)),
                b"eXIf" => exif = Some(payload),
                _ => {}
            }
            rest = next;
        }
    }
}

fn corrupt(cause: impl Into<Cause>) -> Error {
    Error::corrupt(SourceFormat::Png, cause)
}
