//! Pictures and files that the tests make for themselves.

use gif::{Encoder as GifEncoder, Frame};
use jpeg_encoder::{ColorType, Encoder as JpegEncoder, SamplingFactor};

use crate::image::raster::{Channels, Raster};
use crate::image::size::Size;
use crate::image::{Picture, SourceFormat, decode, webp};

pub const RED: [u8; 3] = [220, 20, 20];
pub const GREEN: [u8; 3] = [20, 200, 20];
pub const BLUE: [u8; 3] = [20, 20, 230];
pub const YELLOW: [u8; 3] = [230, 220, 20];

/// Four quarters: red and green above, blue and yellow below.
pub fn quarters(width: u32, height: u32) -> Raster {
    let colour = |x: u32, y: u32| match (x < width / 2, y < height / 2) {
        (true, true) => RED,
        (false, true) => GREEN,
        (true, false) => BLUE,
        (false, false) => YELLOW,
    };
    let pixels: Vec<[u8; 3]> =
        (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| colour(x, y)).collect();
    Raster { width, height, channels: Channels::Rgb, pixels: pixels.into_flattened() }
}

/// The quarters, the upper half of which is transparent.
pub fn half_transparent(width: u32, height: u32) -> Raster {
    let mut raster = quarters(width, height).with_alpha();
    let upper = raster.row_bytes() * height as usize / 2;
    for pixel in raster.pixels[..upper].as_chunks_mut::<4>().0 {
        pixel[3] = 0;
    }
    raster
}

pub fn jpeg(raster: &Raster) -> Vec<u8> {
    jpeg_with(raster, |_| {})
}

pub fn jpeg_with(raster: &Raster, adjust: impl FnOnce(&mut JpegEncoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new(&mut bytes, 95);
    encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    adjust(&mut encoder);
    let (width, height) = (raster.width as u16, raster.height as u16);
    encoder.encode(&raster.pixels, width, height, ColorType::Rgb).unwrap();
    bytes
}

pub fn png(raster: &Raster) -> Vec<u8> {
    crate::image::png::encode(raster).unwrap()
}

/// A PNG of any kind of pixels.
pub fn png_of(size: Size, color: png::ColorType, depth: png::BitDepth, rows: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size.width, size.height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if color == png::ColorType::Indexed {
        encoder.set_palette([RED, GREEN, BLUE, YELLOW].concat());
    }
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(rows).unwrap();
    writer.finish().unwrap();
    bytes
}

pub fn webp(raster: &Raster) -> Vec<u8> {
    webp::encode(raster, 95).unwrap()
}

pub fn gif(raster: &Raster) -> Vec<u8> {
    gif_of(raster, 1)
}

/// An animation that shows the same frame again and again.
pub fn gif_of(raster: &Raster, frames: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (width, height) = (raster.width as u16, raster.height as u16);
    let mut pixels = raster.clone().with_alpha().pixels;
    let frame = Frame::from_rgba_speed(width, height, &mut pixels, 10);
    let mut encoder = GifEncoder::new(&mut bytes, width, height, &[]).unwrap();
    for _ in 0..frames {
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    bytes
}

pub fn file(format: SourceFormat, raster: &Raster) -> Vec<u8> {
    match format {
        SourceFormat::Jpeg => jpeg(raster),
        SourceFormat::Png => png(raster),
        SourceFormat::WebP => webp(raster),
        SourceFormat::Gif => gif(raster),
        SourceFormat::Heic => heic(raster),
        SourceFormat::Tiff => tiff(raster),
        SourceFormat::Bmp => bmp(raster),
    }
}

/// In tiles, if it is larger than one.
pub fn heic(raster: &Raster) -> Vec<u8> {
    let pixels = raster.clone().with_alpha().pixels;
    let options = heifer::EncodeOptions::default();
    heifer::encode_rgba8(raster.width, raster.height, &pixels, &options).unwrap()
}

pub fn tiff(raster: &Raster) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut bytes).unwrap();
    let pixels = raster.clone().with_alpha().pixels;
    encoder.write_image::<tiff::encoder::colortype::RGBA8>(raster.width, raster.height, &pixels).unwrap();
    bytes.into_inner()
}

/// A BMP of 24 bits, the bottom row first.
pub fn bmp(raster: &Raster) -> Vec<u8> {
    let pixels = raster.clone().with_alpha().pixels;
    let row = |row: &[u8]| {
        let mut colours: Vec<u8> =
            row.as_chunks().0.iter().flat_map(|&[red, green, blue, _]| [blue, green, red]).collect();
        colours.resize(colours.len().next_multiple_of(4), 0);
        colours
    };
    let rows: Vec<u8> = pixels.chunks_exact(raster.width as usize * 4).rev().flat_map(row).collect();
    let file = [54 + rows.len() as u32, 0, 54, 40, raster.width, raster.height].map(u32::to_le_bytes);
    let format = [1, 0, 24, 0].map(u8::from);
    [b"BM", file.as_flattened(), &format, &[0; 24], &rows].concat()
}

pub const FORMATS: [SourceFormat; 4] =
    [SourceFormat::Jpeg, SourceFormat::Png, SourceFormat::WebP, SourceFormat::Gif];

/// A chunk of a RIFF file, filled to an even length.
pub fn riff_chunk(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut chunk = kind.to_vec();
    chunk.extend((payload.len() as u32).to_le_bytes());
    chunk.extend(payload);
    chunk.extend(vec![0; payload.len() % 2]);
    chunk
}

/// An extended WebP file: its canvas, what it has (ICC 0x20, alpha 0x10, EXIF 0x08, animation 0x02), and
/// its chunks.
pub fn webp_of(canvas: Size, features: u8, chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut header = vec![features, 0, 0, 0];
    header.extend(&(canvas.width - 1).to_le_bytes()[..3]);
    header.extend(&(canvas.height - 1).to_le_bytes()[..3]);
    let mut content = b"WEBP".to_vec();
    content.extend(riff_chunk(b"VP8X", &header));
    content.extend(chunks.concat());
    riff_chunk(b"RIFF", &content)
}

/// A chunk of a PNG.
pub fn png_chunk(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let content = [kind, payload].concat();
    let length = (payload.len() as u32).to_be_bytes();
    [length.as_slice(), &content, &crc32(&content).to_be_bytes()].concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// EXIF data that says nothing but the orientation.
pub fn exif(orientation: u16) -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    tiff.extend(orientation.to_be_bytes());
    tiff.extend([0; 6]);
    tiff
}

/// The quarters, stored with an orientation.
pub fn turned_jpeg(orientation: u16) -> Vec<u8> {
    with_orientation(&quarters(64, 32), orientation)
}

/// A JPEG that is stored with an orientation.
pub fn with_orientation(raster: &Raster, orientation: u16) -> Vec<u8> {
    let mut bytes = jpeg(raster);
    let mut segment = vec![0xFF, 0xE1];
    let payload = [b"Exif\0\0".as_slice(), &exif(orientation)].concat();
    segment.extend((payload.len() as u16 + 2).to_be_bytes());
    segment.extend(payload);
    bytes.splice(2..2, segment);
    bytes
}

/// The colour of an upright pixel, in sRGB.
pub fn pixel(picture: &Picture, x: u32, y: u32) -> [u8; 4] {
    let raster = upright(picture);
    raster.pixels.as_chunks().0[(y * raster.width + x) as usize]
}

/// All upright pixels, in sRGB.
pub fn upright(picture: &Picture) -> Raster {
    let transform = crate::image::Transform {
        format: Some(crate::image::TargetFormat::Png),
        ..crate::image::Transform::default()
    };
    let png = picture.render(&transform).unwrap();
    match decode(&png.bytes).unwrap().stored {
        crate::image::Stored::Raster(raster) => raster.with_alpha(),
        crate::image::Stored::Planes(_) => panic!("a PNG has no planes"),
    }
}

#[track_caller]
pub fn assert_near(actual: &[u8], expected: &[u8], tolerance: u8) {
    let near = actual.iter().zip(expected).all(|(actual, expected)| actual.abs_diff(*expected) <= tolerance);
    assert!(near, "{actual:?} is not {expected:?} within {tolerance}");
}
