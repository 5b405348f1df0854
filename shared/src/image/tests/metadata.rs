use serde_json::json;

use super::samples::{file, jpeg, png, png_chunk, quarters, riff_chunk, webp, webp_of};
use crate::image::size::Size;
use crate::image::{EXIF_BYTES_MAX, MetadataOptions, SourceFormat, TEXT_CHARS_MAX, metadata};

const WITH_GPS: MetadataOptions = MetadataOptions { gps: true };
const WITHOUT: MetadataOptions = MetadataOptions { gps: false };

/// A value of an entry: its type, count and bytes.
struct Entry(u16, u16, u32, Vec<u8>);

fn text(tag: u16, text: &str) -> Entry {
    let bytes = [text.as_bytes(), b"\0"].concat();
    Entry(tag, 2, bytes.len() as u32, bytes)
}

fn short(tag: u16, value: u16) -> Entry {
    Entry(tag, 3, 1, value.to_be_bytes().to_vec())
}

fn long(tag: u16, value: u32) -> Entry {
    Entry(tag, 4, 1, value.to_be_bytes().to_vec())
}

fn rationals(tag: u16, values: &[(u32, u32)]) -> Entry {
    let bytes = values.iter().flat_map(|(above, below)| [above.to_be_bytes(), below.to_be_bytes()]);
    Entry(tag, 5, values.len() as u32, bytes.flatten().collect())
}

/// A directory that starts at an offset, its longer values after it.
fn directory(at: usize, entries: &[Entry]) -> Vec<u8> {
    let mut bytes = (entries.len() as u16).to_be_bytes().to_vec();
    let mut values = Vec::<u8>::new();
    let values_at = at + 2 + entries.len() * 12 + 4;
    for Entry(tag, kind, count, value) in entries {
        bytes.extend(tag.to_be_bytes());
        bytes.extend(kind.to_be_bytes());
        bytes.extend(count.to_be_bytes());
        if value.len() <= 4 {
            bytes.extend(value);
            bytes.extend(vec![0; 4 - value.len()]);
        } else {
            bytes.extend(((values_at + values.len()) as u32).to_be_bytes());
            values.extend(value);
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(values);
    bytes
}

/// The EXIF data of a camera: three directories, one after the other.
fn exif() -> Vec<u8> {
    let main = |camera, gps| {
        directory(
            8,
            &[
                text(0x010F, "Millrace Optics"),
                text(0x0110, "M-1 \u{e9}"),
                short(0x0112, 6),
                text(0x0131, "v1.2"),
                text(0x0132, "2026:05:07 00:00:00"),
                long(0x8769, camera),
                long(0x8825, gps),
            ],
        )
    };
    let camera_at = 8 + main(0, 0).len();
    let camera = directory(
        camera_at,
        &[
            rationals(0x829A, &[(1, 250)]),
            rationals(0x829D, &[(28, 10)]),
            short(0x8827, 400),
            text(0x9003, "2026:05:06 07:08:09"),
            text(0x9011, "+02:00"),
            short(0x9209, 0x19),
            rationals(0x920A, &[(50, 1)]),
            short(0xA405, 75),
            text(0xA434, "50mm F2.8"),
        ],
    );
    let gps_at = camera_at + camera.len();
    let gps = directory(
        gps_at,
        &[
            text(1, "S"),
            rationals(2, &[(33, 1), (51, 1), (2544, 100)]),
            text(3, "E"),
            rationals(4, &[(151, 1), (12, 1), (0, 1)]),
            Entry(5, 1, 1, vec![1]),
            rationals(6, &[(5, 2)]),
        ],
    );
    [b"MM\0*\0\0\0\x08".to_vec(), main(camera_at as u32, gps_at as u32), camera, gps].concat()
}

fn in_jpeg(exif: &[u8]) -> Vec<u8> {
    let mut bytes = jpeg(&quarters(64, 32));
    let payload = [b"Exif\0\0", exif].concat();
    let length = (payload.len() as u16 + 2).to_be_bytes();
    bytes.splice(2..2, [&[0xFF, 0xE1], length.as_slice(), &payload].concat());
    bytes
}

fn in_png(exif: &[u8]) -> Vec<u8> {
    let mut bytes = png(&quarters(64, 32));
    bytes.splice(33..33, png_chunk(b"eXIf", exif));
    bytes
}

fn in_webp(exif: &[u8]) -> Vec<u8> {
    let still = webp(&quarters(64, 32))[12..].to_vec();
    webp_of(Size { width: 64, height: 32 }, 0x08, &[still, riff_chunk(b"EXIF", exif)])
}

#[test]
fn metadata_is_read_from_every_format_that_has_it() {
    for (format, bytes) in [("jpeg", in_jpeg(&exif())), ("png", in_png(&exif())), ("webp", in_webp(&exif()))]
    {
        let found = metadata(&bytes, &WITH_GPS).unwrap();
        let expected = json!({
            "format": format, "width": 32, "height": 64,
            "orientation": 6, "make": "Millrace Optics", "model": "M-1 é", "software": "v1.2",
            "lens_model": "50mm F2.8", "taken_at": "2026-05-06T07:08:09+02:00",
            "exposure_seconds": 0.004, "f_number": 2.8, "iso": 400, "focal_length_mm": 50.0,
            "focal_length_35mm_mm": 75, "flash_fired": true,
            "gps": {"latitude": -33.857067, "longitude": 151.2, "altitude_m": -2.5},
        });
        assert_eq!(serde_json::to_value(&found).unwrap(), expected);
        assert_eq!(serde_json::from_value::<crate::image::Metadata>(expected).unwrap(), found);
    }
}

#[test]
fn where_a_picture_was_taken_is_told_only_when_asked_for() {
    let found = metadata(&in_jpeg(&exif()), &WITHOUT).unwrap();
    assert_eq!(found.gps, None);
    assert!(!serde_json::to_string(&found).unwrap().contains("151"));
    let options: MetadataOptions = serde_json::from_value(json!({})).unwrap();
    assert_eq!(options, WITHOUT);
    assert!(serde_json::from_value::<MetadataOptions>(json!({"place": true})).is_err());
}

#[test]
fn a_file_without_metadata_tells_its_header() {
    for format in super::samples::FORMATS {
        let found = metadata(&file(format, &quarters(20, 10)), &WITH_GPS).unwrap();
        assert_eq!((found.format, found.width, found.height), (format, 20, 10));
        assert_eq!(found.exif, crate::image::Described::default());
    }
}

#[test]
fn a_picture_that_is_refused_has_no_metadata() {
    let whole = in_jpeg(&exif());
    let scan = whole.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap();
    assert_eq!(metadata(&whole[..scan], &WITHOUT).unwrap_err().code(), "image_truncated");
    assert_eq!(metadata(b"no picture at all", &WITHOUT).unwrap_err().code(), "unsupported_format");
    let mut huge = in_png(&exif());
    huge[16..20].copy_from_slice(&50_000u32.to_be_bytes());
    assert_eq!(metadata(&huge, &WITHOUT).unwrap_err().code(), "image_too_large");
}

#[test]
fn an_orientation_is_read_in_whatever_type_it_is_written_and_by_all_alike() {
    for entry in [short(0x0112, 6), long(0x0112, 6), Entry(0x0112, 1, 1, vec![6])] {
        let exif = [b"MM\0*\0\0\0\x08".to_vec(), directory(8, &[entry])].concat();
        for bytes in [in_jpeg(&exif), in_png(&exif), in_webp(&exif)] {
            let found = metadata(&bytes, &WITHOUT).unwrap();
            assert_eq!((found.exif.orientation, found.width, found.height), (Some(6), 32, 64));
            let picture = crate::image::decode(&bytes).unwrap();
            assert_eq!((picture.width(), picture.height()), (32, 64));
        }
    }
}

#[test]
fn of_two_segments_of_exif_the_first_is_read_whatever_it_lacks() {
    let without = [b"MM\0*\0\0\0\x08".to_vec(), directory(8, &[text(0x010F, "Millrace Optics")])].concat();
    let mut bytes = in_jpeg(&exif());
    let payload = [b"Exif\0\0", without.as_slice()].concat();
    let length = (payload.len() as u16 + 2).to_be_bytes();
    bytes.splice(2..2, [&[0xFF, 0xE1], length.as_slice(), &payload].concat());
    let found = metadata(&bytes, &WITHOUT).unwrap();
    assert_eq!((found.exif.orientation, found.width, found.height), (None, 64, 32));
    let picture = crate::image::decode(&bytes).unwrap();
    assert_eq!((picture.width(), picture.height()), (64, 32));
}

#[test]
fn damaged_metadata_says_less_and_never_panics() {
    let whole = exif();
    for end in 0..whole.len() {
        let found = metadata(&in_png(&whole[..end]), &WITH_GPS).unwrap();
        assert_eq!(found.format, SourceFormat::Png);
    }
    for at in 0..whole.len() {
        for value in [0x00, 0xFF, whole[at] ^ 0x01, whole[at] ^ 0x80] {
            let mut damaged = whole.clone();
            damaged[at] = value;
            let found = metadata(&in_png(&damaged), &WITH_GPS).unwrap();
            assert!(serde_json::to_string(&found).unwrap().len() < 2000);
        }
    }
}

#[test]
fn texts_are_bounded_and_clean() {
    let main = |value: &str| {
        let bytes = directory(8, &[text(0x010F, value)]);
        let exif = [b"MM\0*\0\0\0\x08".to_vec(), bytes].concat();
        metadata(&in_png(&exif), &WITHOUT).unwrap().exif.make
    };
    assert_eq!(main(&"ü".repeat(9000)), Some("ü".repeat(TEXT_CHARS_MAX)));
    assert_eq!(main("  a\u{7}b\r\n ").as_deref(), Some("ab"));
    assert_eq!(main("Acme\0 hidden").as_deref(), Some("Acme"));
    for nothing in ["", "   ", "\0x", "\u{1}\u{2}"] {
        assert_eq!(main(nothing), None);
    }
}

#[test]
fn numbers_that_cannot_be_are_left_out() {
    let camera_at = 26;
    let camera = directory(
        camera_at,
        &[
            rationals(0x829A, &[(1, 0)]),
            rationals(0x829D, &[(0, 1)]),
            rationals(0x920A, &[(0, 0)]),
            short(0xA405, 0),
            text(0x9003, "0000:00:00 00:00:00"),
        ],
    );
    let exif =
        [b"MM\0*\0\0\0\x08".to_vec(), directory(8, &[long(0x8769, camera_at as u32)]), camera].concat();
    assert_eq!(metadata(&in_png(&exif), &WITHOUT).unwrap().exif, crate::image::Described::default());
}

#[test]
fn a_place_that_is_not_on_earth_is_none() {
    let gps_at = 26;
    let gps = directory(
        gps_at,
        &[
            text(1, "N"),
            rationals(2, &[(91, 1), (0, 1), (0, 1)]),
            text(3, "E"),
            rationals(4, &[(9, 1), (0, 1), (0, 1)]),
        ],
    );
    let exif = [b"MM\0*\0\0\0\x08".to_vec(), directory(8, &[long(0x8825, gps_at as u32)]), gps].concat();
    assert_eq!(metadata(&in_png(&exif), &WITH_GPS).unwrap().gps, None);
}

#[test]
fn a_directory_that_points_to_itself_is_read_once() {
    let exif = [b"MM\0*\0\0\0\x08".to_vec(), directory(8, &[long(0x8769, 8), long(0x8825, 8)])].concat();
    assert!(metadata(&in_png(&exif), &WITH_GPS).is_ok());
}

#[test]
fn what_lies_beyond_the_bound_of_metadata_is_not_looked_at() {
    let at_the_end = |padding: usize| {
        let mut exif = b"MM\0*".to_vec();
        exif.extend((8 + padding as u32).to_be_bytes());
        exif.extend(vec![0; padding]);
        exif.extend(directory(8 + padding, &[short(0x0112, 6)]));
        metadata(&in_png(&exif), &WITHOUT).unwrap().exif.orientation
    };
    assert_eq!(at_the_end(0), Some(6));
    assert_eq!(at_the_end(EXIF_BYTES_MAX), None);
}
