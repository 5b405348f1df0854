//! Files that are not what they seem.

use jpeg_encoder::{ColorType, Encoder};

/// A JPEG of a gradient.
pub fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let pixels = (0..height).flat_map(|y| (0..width).flat_map(move |x| [x as u8, y as u8, (x ^ y) as u8]));
    let mut bytes = Vec::new();
    let pixels: Vec<u8> = pixels.collect();
    Encoder::new(&mut bytes, 80).encode(&pixels, width, height, ColorType::Rgb).expect("encodes to memory");
    bytes
}

/// A few bytes that claim to be a PNG of `width` × `height` pixels.
pub fn png_that_claims(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = png::Encoder::new(&mut bytes, width, height);
    let mut writer = encoder.write_header().expect("a header is written to memory");
    writer.write_chunk(png::chunk::IDAT, &[0x78, 0x9c, 0x03, 0, 0, 0, 0, 1]).expect("written to memory");
    drop(writer);
    bytes
}

/// A GIF of one pixel that changes its colour `frames` times.
pub fn gif(frames: usize) -> Vec<u8> {
    const HEAD: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff";
    const FRAME: &[u8] = b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00";
    const END: &[u8] = b"\x3b";
    [HEAD, &FRAME.repeat(frames), END].concat()
}

/// The first half of a file.
pub fn half(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() / 2);
    bytes
}
