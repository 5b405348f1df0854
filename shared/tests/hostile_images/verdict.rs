//! The verdict on a file: all that the product does with one, under the bounds that hold for any.

use shared::image::{
    Error, Gravity, Metadata, MetadataOptions, Picture, Rendered, SourceFormat, TargetFormat, Transform,
    decode, metadata, read_header, sniff,
};

use super::memory::peak_of;

const MEBIBYTE: usize = 1024 * 1024;
/// A file that is refused by its header costs next to nothing.
const REFUSED_BYTES_MAX: usize = 64 * 1024;
/// A HEIC's boxes say in 16 bits how many of what there is, and its reader makes room for as many.
const BOXES_BYTES_MAX: usize = 2 * MEBIBYTE;
/// Codecs' tables, a colour profile of the largest size and its inflated form.
const TABLES_BYTES_MAX: usize = 24 * MEBIBYTE;
/// The most that decoding takes for a pixel, as the documentation of `shared::image` says.
const BYTES_PER_PIXEL_MAX: usize = 12;

/// Decodes a file under the bound of memory for its size, with its metadata.
#[track_caller]
pub fn judge(bytes: &[u8]) -> Result<Picture, Error> {
    let is_heic = sniff(bytes) == Some(SourceFormat::Heic);
    let refused_bytes_max = if is_heic { BOXES_BYTES_MAX } else { REFUSED_BYTES_MAX };
    let (header, peak) = peak_of(|| read_header(bytes));
    assert!(peak <= refused_bytes_max, "reading the header took {peak} bytes");
    let (described, peak) = peak_of(|| metadata(bytes, &MetadataOptions { gps: true }));
    // The list of an animation's frames and a few texts.
    assert!(peak <= refused_bytes_max + 2 * bytes.len().min(MEBIBYTE), "reading metadata took {peak} bytes");
    let (decoded, peak) = peak_of(|| decode(bytes));
    match header {
        Err(refused) => {
            assert!(peak <= refused_bytes_max, "refusing took {peak} bytes");
            let code = decoded.as_ref().map(Picture::width).unwrap_err().code();
            assert_eq!(code, refused.code(), "the header and the decoder contradict each other");
        }
        Ok(header) => {
            let pixels = header.map_or(0, |header| header.width as usize * header.height as usize);
            let bound = pixels * BYTES_PER_PIXEL_MAX + 3 * bytes.len() + TABLES_BYTES_MAX;
            assert!(peak <= bound, "decoding {pixels} pixels took {peak} bytes");
        }
    }
    if let (Ok(picture), Ok(described)) = (&decoded, &described) {
        assert_eq!((described.width, described.height), (picture.width(), picture.height()));
    }
    decoded
}

/// The code that a file is refused with.
#[track_caller]
pub fn refusal(bytes: &[u8]) -> &'static str {
    judge(bytes).map(|picture| (picture.width(), picture.height())).unwrap_err().code()
}

/// The code that a file is refused with by its header alone, and at next to no cost.
#[track_caller]
pub fn refusal_by_header(bytes: &[u8]) -> &'static str {
    assert!(read_header(bytes).is_err(), "the header is not refused");
    refusal(bytes)
}

/// A file that may be refused or decoded: in either case it does no harm, and what is decoded is made.
#[track_caller]
pub fn assert_harmless(bytes: &[u8]) {
    if let Ok(picture) = judge(bytes) {
        thumbnail(&picture);
        picture.facts().unwrap();
    }
}

/// A small picture, made in a way that reads all of it.
#[track_caller]
pub fn thumbnail(picture: &Picture) -> Rendered {
    let transform = Transform {
        width: Some(16),
        height: Some(16),
        gravity: Some(Gravity::Salient),
        format: Some(TargetFormat::Png),
        ..Transform::default()
    };
    picture.render(&transform).unwrap()
}

/// The pixels of a picture, upright and in sRGB, as red, green, blue and alpha.
#[track_caller]
pub fn pixels(bytes: &[u8]) -> (u32, u32, Vec<[u8; 4]>) {
    let picture = judge(bytes).unwrap();
    let transform = Transform { format: Some(TargetFormat::Png), ..Transform::default() };
    let made = picture.render(&transform).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(made.bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let pixels = match info.color_type {
        png::ColorType::Rgba => pixels.as_chunks().0.to_vec(),
        _ => pixels.as_chunks().0.iter().map(|&[red, green, blue]| [red, green, blue, 255]).collect(),
    };
    (info.width, info.height, pixels)
}

#[track_caller]
pub fn metadata_of(bytes: &[u8]) -> Metadata {
    metadata(bytes, &MetadataOptions { gps: true }).unwrap()
}

#[track_caller]
pub fn assert_near(actual: [u8; 4], expected: [u8; 4], tolerance: u8) {
    let near = actual.iter().zip(expected).all(|(actual, expected)| actual.abs_diff(expected) <= tolerance);
    assert!(near, "{actual:?} is not {expected:?} within {tolerance}");
}
