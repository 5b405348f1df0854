mod inks;
mod segments;

use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use self::segments::{SCANS_MAX, Survey};
use super::Picture;
use super::error::{Cause, Error};
use super::format::{OutputFormat, SourceFormat};
use super::header::{Header, SIDE_PX_MAX};
use super::profile::{Inks, Profile};
use super::raster::{Channels, Raster};

pub use self::segments::read_size;

/// A block of 8 by 8 pixels has at least a bit, whatever the coding.
const PIXELS_PER_BYTE_MAX: usize = 8 * 8 * 8;
/// From this quality on colours are stored at full resolution.
const FULL_COLOUR_QUALITY: u8 = 90;

pub fn decode(bytes: &[u8], header: Header) -> Result<Picture, Error> {
    let survey = Survey::of(bytes)?;
    if header.size().pixels() > bytes.len().saturating_mul(PIXELS_PER_BYTE_MAX) {
        return Err(corrupt("it has too few bytes for its size"));
    }
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(SIDE_PX_MAX as usize)
        .set_max_height(SIDE_PX_MAX as usize)
        .jpeg_set_max_scans(SCANS_MAX as usize)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(corrupt)?;
    if decoder.dimensions() != Some((header.width as usize, header.height as usize)) {
        return Err(corrupt("its headers contradict each other"));
    }

    let inks = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => Inks::Grey,
        Some(ColorSpace::CMYK | ColorSpace::YCCK) => Inks::Cmyk,
        _ => Inks::Rgb,
    };
    let profile = decoder.icc_profile().and_then(|icc| Profile::parse(&icc, inks));
    let (pixels, profile) = match profile {
        Some(profile) if inks == Inks::Cmyk => (inks::decode(&mut decoder, &profile), None),
        profile => (decoder.decode(), profile),
    };
    let pixels = pixels.map_err(corrupt)?;
    let raster = Raster { width: header.width, height: header.height, channels: Channels::Rgb, pixels };
    let orientation = survey.orientation;
    Ok(Picture { format: SourceFormat::Jpeg, raster, orientation, profile, animation: None })
}

/// The EXIF data, if there is any.
pub fn exif(bytes: &[u8]) -> Result<Option<&[u8]>, Error> {
    Ok(Survey::of(bytes)?.exif)
}

/// Encodes an opaque picture.
///
/// With the usual Huffman tables: the encoder writes tables of the picture's own only together with a scan
/// for each colour, which saves 1 to 7 % and which some decoders show in wrong colours.
pub fn encode(raster: &Raster, quality: u8) -> Result<Vec<u8>, Error> {
    let side = |side: u32| u16::try_from(side).map_err(unencodable);
    let color_type = match raster.channels {
        Channels::Rgb => ColorType::Rgb,
        Channels::Rgba => ColorType::Rgba,
    };
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    encoder.set_sampling_factor(if quality < FULL_COLOUR_QUALITY {
        SamplingFactor::R_4_2_0
    } else {
        SamplingFactor::R_4_4_4
    });
    encoder
        .encode(&raster.pixels, side(raster.width)?, side(raster.height)?, color_type)
        .map_err(unencodable)?;
    Ok(bytes)
}

fn corrupt(cause: impl Into<Cause>) -> Error {
    Error::corrupt(SourceFormat::Jpeg, cause)
}

fn unencodable(cause: impl Into<Cause>) -> Error {
    Error::unencodable(OutputFormat::Jpeg, cause)
}
