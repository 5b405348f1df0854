//! Files, put together piece by piece.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use jpeg_encoder::{ColorType, Encoder as JpegEncoder};
use shared::image::{TargetFormat, Transform, decode};

pub const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1A\n";

pub fn png_chunk(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let content = [kind, payload].concat();
    let mut crc = flate2::Crc::new();
    crc.update(&content);
    [&(payload.len() as u32).to_be_bytes(), content.as_slice(), &crc.sum().to_be_bytes()].concat()
}

/// A PNG's first chunk: its size, bits a channel, kind of colour and whether it is interlaced.
pub fn png_header(width: u32, height: u32, depth: u8, color: u8, interlaced: bool) -> Vec<u8> {
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    png_chunk(b"IHDR", &[size.as_slice(), &[depth, color, 0, 0, u8::from(interlaced)]].concat())
}

/// A PNG of a header, the chunks before its pixels, and its rows, each after its filter's number.
pub fn png(header: Vec<u8>, chunks: &[Vec<u8>], rows: &[u8]) -> Vec<u8> {
    let end = [png_chunk(b"IDAT", &deflate(rows)), png_chunk(b"IEND", &[])];
    [PNG_SIGNATURE.to_vec(), header, chunks.concat(), end.concat()].concat()
}

/// A PNG of 8-bit colours without filters.
pub fn plain_png(width: u32, height: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    let row = [&[0], [200, 30, 30].repeat(width as usize).as_slice()].concat();
    png(png_header(width, height, 8, 2, false), chunks, &row.repeat(height as usize))
}

pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Zeros, deflated a thousandfold, without ever having them all.
pub fn deflated_zeros(mebibytes: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![0; 1024 * 1024];
    for _ in 0..mebibytes {
        encoder.write_all(&zeros).unwrap();
    }
    encoder.finish().unwrap()
}

pub fn jpeg(width: u16, height: u16, adjust: impl FnOnce(&mut JpegEncoder<&mut Vec<u8>>)) -> Vec<u8> {
    let pixels = [200, 30, 30].repeat(usize::from(width) * usize::from(height));
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new(&mut bytes, 90);
    adjust(&mut encoder);
    encoder.encode(&pixels, width, height, ColorType::Rgb).unwrap();
    bytes
}

pub fn jpeg_segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, marker], length.as_slice(), payload].concat()
}

/// A JPEG with segments after its start.
pub fn jpeg_with(segments: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = jpeg(16, 16, |_| {});
    bytes.splice(2..2, segments.concat());
    bytes
}

/// A GIF's head: its screen and a palette of two colours.
pub fn gif_head(width: u16, height: u16) -> Vec<u8> {
    let screen = [width.to_le_bytes(), height.to_le_bytes()].concat();
    [b"GIF89a", screen.as_slice(), &[0x80, 0, 0], &[200, 30, 30, 0, 0, 255]].concat()
}

/// A frame's head and its coded pixels: as many as fit the bytes given, or none.
pub fn gif_frame(width: u16, height: u16, data: &[u8]) -> Vec<u8> {
    let size = [width.to_le_bytes(), height.to_le_bytes()].concat();
    [&[0x2C, 0, 0, 0, 0], size.as_slice(), &[0, 2, data.len() as u8], data, &[0]].concat()
}

/// One pixel of the first colour.
pub const GIF_PIXEL: &[u8] = &[0x44, 0x01];

pub fn gif(width: u16, height: u16, frames: &[Vec<u8>]) -> Vec<u8> {
    [gif_head(width, height), frames.concat(), vec![0x3B]].concat()
}

pub fn riff_chunk(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let fill = vec![0; payload.len() % 2];
    [kind, (payload.len() as u32).to_le_bytes().as_slice(), payload, &fill].concat()
}

/// A WebP of chunks: its canvas, what it has (ICC 0x20, alpha 0x10, EXIF 0x08, animation 0x02) and the rest.
pub fn webp(width: u32, height: u32, features: u8, chunks: &[Vec<u8>]) -> Vec<u8> {
    let side = |side: u32| [(side - 1) as u8, ((side - 1) >> 8) as u8, ((side - 1) >> 16) as u8];
    let header = [&[features, 0, 0, 0], side(width).as_slice(), &side(height)].concat();
    riff_chunk(b"RIFF", &[b"WEBP".to_vec(), riff_chunk(b"VP8X", &header), chunks.concat()].concat())
}

/// The chunk of a still WebP picture.
pub fn webp_still(width: u32, height: u32) -> Vec<u8> {
    let picture = decode(&plain_png(width, height, &[])).unwrap();
    let transform = Transform { format: Some(TargetFormat::WebP), ..Transform::default() };
    picture.render(&transform).unwrap().bytes[12..].to_vec()
}

pub fn webp_frame(width: u32, height: u32, still: &[u8]) -> Vec<u8> {
    let side = |side: u32| [(side - 1) as u8, ((side - 1) >> 8) as u8, ((side - 1) >> 16) as u8];
    let head = [&[0; 6], side(width).as_slice(), &side(height), &[40, 0, 0, 0]].concat();
    riff_chunk(b"ANMF", &[head.as_slice(), still].concat())
}

/// EXIF data that says the orientation and then has so many bytes.
pub fn exif(orientation: u16, padding: usize) -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    tiff.extend(orientation.to_be_bytes());
    tiff.extend(vec![0; 6 + padding]);
    tiff
}

/// A colour profile that is honoured.
pub fn profile() -> Vec<u8> {
    moxcms::ColorProfile::new_display_p3().encode().unwrap()
}
