//! BMP: pixels as Windows keeps them, hardly ever compressed.

use zune_bmp::BmpDecoder;
use zune_bmp::zune_core::bytestream::ZCursor;
use zune_bmp::zune_core::colorspace::ColorSpace;
use zune_bmp::zune_core::options::DecoderOptions;

use super::bounds::SIDE_PX_MAX;
use super::error::Error;
use super::fields::{u16_le, u32_le};
use super::format::SourceFormat;
use super::header::Header;
use super::orientation::Orientation;
use super::raster::{Channels, Raster};
use super::size::Size;
use super::{Picture, Stored};

const HEADER_AT: usize = 14;
/// The header of OS/2, with sides of 16 bits.
const CORE_HEADER_BYTES: u32 = 12;
const HEADERS_BYTES: [u32; 8] = [CORE_HEADER_BYTES, 16, 40, 52, 56, 64, 108, 124];

const UNCOMPRESSED: u32 = 0;
const BIT_FIELDS: u32 = 3;

/// Whether the file starts as a BMP does: two letters alone would make many a text one.
pub fn is_bmp(bytes: &[u8]) -> bool {
    let is_header = u32_le(bytes, HEADER_AT).is_none_or(|length| HEADERS_BYTES.contains(&length));
    bytes.starts_with(b"BM") && bytes.get(6..10).is_some_and(|reserved| reserved == [0; 4]) && is_header
}

/// The size in the header. A height below zero says that the top row comes first.
pub fn read_size(bytes: &[u8]) -> Option<Size> {
    let (width, height) = match u32_le(bytes, HEADER_AT)? {
        CORE_HEADER_BYTES => (u16_le(bytes, 18)?.into(), u16_le(bytes, 20)?.into()),
        _ => (u32_le(bytes, 18)?, u32_le(bytes, 22)?.cast_signed().unsigned_abs()),
    };
    Some(Size { width, height })
}

pub fn decode(bytes: &[u8], header: Header) -> Result<Picture, Error> {
    let layout = PixelLayout::read(bytes, header).ok_or(TRUNCATED)?;
    if bytes.len() < layout.start.saturating_add(layout.length) {
        return Err(TRUNCATED);
    }
    let side = SIDE_PX_MAX as usize;
    let options = DecoderOptions::new_safe().set_max_width(side).set_max_height(side).set_strict_mode(true);
    let mut decoder = BmpDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(damaged)?;
    let size = (header.width as usize, header.height as usize);
    if decoder.dimensions() != Some(size) {
        return Err(corrupt("has headers that contradict each other"));
    }
    let colours = decoder.colorspace();
    let pixels = decoder.decode().map_err(damaged)?;
    let (channels, pixels) = match colours {
        Some(ColorSpace::RGB) => (Channels::Rgb, pixels),
        Some(ColorSpace::RGBA) => (Channels::Rgba, pixels),
        Some(ColorSpace::Luma) => (Channels::Rgb, pixels.iter().flat_map(|&grey| [grey; 3]).collect()),
        _ => return Err(Error::UnsupportedFormat { what: "a rare BMP" }),
    };
    let Header { width, height, .. } = header;
    let raster = Raster { width, height, channels, pixels };
    if raster.pixels.len() != raster.row_bytes() * height as usize {
        return Err(corrupt("has damaged or missing pixels"));
    }
    Ok(Picture {
        format: SourceFormat::Bmp,
        stored: Stored::Raster(raster.without_idle_alpha()),
        orientation: Orientation::default(),
        profile: None,
        animation: None,
    })
}

/// Where the pixels lie.
struct PixelLayout {
    start: usize,
    /// In bytes; of compressed ones, which say themselves where they end, none.
    length: usize,
}

impl PixelLayout {
    fn read(bytes: &[u8], header: Header) -> Option<Self> {
        let start = u32_le(bytes, 10)? as usize;
        let (bits, compression) = match u32_le(bytes, HEADER_AT)? {
            CORE_HEADER_BYTES => (u16_le(bytes, 24)?, UNCOMPRESSED),
            _ => (u16_le(bytes, 28)?, u32_le(bytes, 30).unwrap_or(UNCOMPRESSED)),
        };
        let is_plain = matches!(compression, UNCOMPRESSED | BIT_FIELDS);
        // Rows start at multiples of four bytes. The last one may lack what fills it.
        let row_bits = header.width as usize * usize::from(bits);
        let row_bytes = row_bits.div_ceil(32) * 4;
        let length = row_bytes * (header.height as usize - 1) + row_bits.div_ceil(8);
        Some(Self { start, length: if is_plain { length } else { 0 } })
    }
}

const TRUNCATED: Error = Error::Truncated { format: SourceFormat::Bmp };

fn damaged(error: zune_bmp::BmpDecoderErrors) -> Error {
    Error::corrupt_by(SourceFormat::Bmp, "has damaged or missing pixels", format!("{error:?}"))
}

const fn corrupt(why: &'static str) -> Error {
    Error::corrupt(SourceFormat::Bmp, why)
}
