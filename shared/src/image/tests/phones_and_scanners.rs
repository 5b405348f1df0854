//! The formats that are decoded and never made: HEIC, TIFF and BMP.

use tiff::encoder::TiffEncoder;
use tiff::encoder::colortype::RGB8;
use tiff::tags::Tag;

use super::samples::{assert_near, bmp, file, heic, pixel, png, quarters};
use crate::image::format::ACCEPTED;
use crate::image::{OutputFormat, SourceFormat, Transform, decode, metadata, read_header, sniff};

/// The longest text of an image error that a job's row keeps, in characters.
const DETAIL_CHARS_MAX: usize = 64;

fn code(bytes: &[u8]) -> &'static str {
    decode(bytes).map(|picture| picture.width()).unwrap_err().code()
}

/// The file with the bytes after a text changed.
fn patched(mut file: Vec<u8>, after: &[u8], skip: usize, bytes: &[u8]) -> Vec<u8> {
    let at = file.windows(after.len()).position(|window| window == after).unwrap() + after.len() + skip;
    file[at..at + bytes.len()].copy_from_slice(bytes);
    file
}

#[test]
fn each_format_is_known_by_its_bytes_and_decoded() {
    let raster = quarters(40, 30);
    for format in SourceFormat::ALL {
        let bytes = file(format, &raster);
        assert_eq!(sniff(&bytes), Some(format));
        let picture = decode(&bytes).unwrap();
        assert_eq!((picture.format(), picture.width(), picture.height()), (format, 40, 30));
        let source = decode(&png(&raster)).unwrap();
        for (x, y) in [(5, 5), (35, 5), (5, 25), (35, 25)] {
            assert_near(&pixel(&picture, x, y)[..3], &pixel(&source, x, y)[..3], 12);
        }
        let described = metadata(&bytes, &Default::default()).unwrap();
        assert_eq!((described.format, described.width, described.height), (format, 40, 30));
    }
}

#[test]
fn every_format_is_among_those_that_a_refusal_names() {
    assert!(SourceFormat::ALL.iter().all(|format| ACCEPTED.contains(&format.to_string())));
    let types = SourceFormat::content_types();
    assert!(SourceFormat::ALL.iter().all(|format| types.contains(format.content_type())));
    for refused in [b"<svg/>".as_slice(), b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf"] {
        let said = read_header(refused).unwrap_err().to_string();
        assert!(said.contains(ACCEPTED) && said.chars().count() <= DETAIL_CHARS_MAX, "{said}");
    }
}

#[test]
fn a_header_that_ends_early_is_not_known_yet_and_never_another_one() {
    for format in [SourceFormat::Heic, SourceFormat::Tiff, SourceFormat::Bmp] {
        let bytes = file(format, &quarters(40, 30));
        let whole = read_header(&bytes).unwrap().unwrap();
        let mut known = 0;
        for length in 40..bytes.len() {
            let found = read_header(&bytes[..length]).unwrap();
            assert!(found.is_none_or(|found| found == whole), "{format} of {length} bytes");
            known += usize::from(found.is_some());
        }
        // A TIFF's directory follows its pixels here.
        assert!(format == SourceFormat::Tiff || known > 0, "{format}");
    }
}

#[test]
fn a_heic_of_tiles_is_put_together() {
    let raster = quarters(700, 530);
    let picture = decode(&heic(&raster)).unwrap();
    let source = decode(&png(&raster)).unwrap();
    for (x, y) in [(10, 10), (690, 10), (10, 520), (690, 520), (500, 100), (515, 400)] {
        assert_near(&pixel(&picture, x, y)[..3], &pixel(&source, x, y)[..3], 12);
    }
}

#[test]
fn what_is_made_of_a_photo_of_a_phone_is_a_jpeg_and_of_a_scan_a_png() {
    let expected = [
        (SourceFormat::Heic, OutputFormat::Jpeg),
        (SourceFormat::Tiff, OutputFormat::Png),
        (SourceFormat::Bmp, OutputFormat::Png),
    ];
    for (format, made) in expected {
        let picture = decode(&file(format, &quarters(40, 30))).unwrap();
        assert_eq!(picture.render(&Transform::default()).unwrap().format, made);
    }
}

#[test]
fn a_heic_that_is_too_large_or_put_together_in_another_way_is_refused_by_its_header() {
    let small = heic(&quarters(40, 30));
    let huge = patched(small.clone(), b"ispe", 4, &[0, 1, 0, 0, 0, 1, 0, 0]);
    assert_eq!(read_header(&huge).unwrap_err().code(), "image_too_large");
    assert_eq!(code(&huge), "image_too_large");
    let overlay = patched(small.clone(), b"infe", 8, b"iovl");
    assert_eq!(code(&overlay), "unsupported_format");
    let mut large = small;
    let meta = large.windows(4).position(|window| window == b"meta").unwrap() - 4;
    large[meta..meta + 4].copy_from_slice(&0x00FF_FFFF_u32.to_be_bytes());
    assert_eq!(read_header(&large).unwrap_err().code(), "image_corrupt");
}

#[test]
fn a_tiff_that_starts_with_a_thumbnail_is_a_raw_photo() {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes).unwrap();
    let mut page = encoder.new_image::<RGB8>(2, 2).unwrap();
    page.encoder().write_tag(Tag::NewSubfileType, 1u32).unwrap();
    page.write_data(&[9; 12]).unwrap();
    assert_eq!(code(&bytes.into_inner()), "unsupported_format");
}

#[test]
fn a_bmp_of_more_pixels_than_bytes_is_cut_off_and_a_text_is_none() {
    let large = patched(bmp(&quarters(4, 4)), b"\x28\0\0\0", 0, &[0, 32, 0, 0, 0, 16, 0, 0]);
    assert_eq!((code(&large), read_header(&large).unwrap().unwrap().width), ("image_truncated", 8192));
    assert_eq!(sniff(b"BMW is a maker of cars and of motorcycles"), None);
}
