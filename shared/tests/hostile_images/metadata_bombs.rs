//! Colour profiles and EXIF data that are large, many, or point where they should not.

use super::files::{
    exif, jpeg, jpeg_segment, jpeg_with, plain_png, png_chunk, profile, riff_chunk, webp, webp_still,
};
use super::verdict::{assert_harmless, assert_near, judge, metadata_of, pixels};

/// Most bytes of a JPEG's segment, less its length.
const SEGMENT_BYTES_MAX: usize = 65_533;

fn icc_segment(number: u8, count: u8, part: &[u8]) -> Vec<u8> {
    jpeg_segment(0xE2, &[b"ICC_PROFILE\0", [number, count].as_slice(), part].concat())
}

#[test]
fn a_profile_in_as_many_segments_as_there_can_be_is_read_within_its_bound() {
    let part = vec![7; SEGMENT_BYTES_MAX - 14];
    let segments: Vec<Vec<u8>> = (1..=255).map(|number| icc_segment(number, 255, &part)).collect();
    let (_, _, pixels) = pixels(&jpeg_with(&segments));
    assert_near(pixels[0], [200, 30, 30, 255], 6);
}

#[test]
fn a_profile_whose_segments_contradict_each_other_does_no_harm() {
    let profile = profile();
    let (first, second) = profile.split_at(100);
    for segments in [
        vec![icc_segment(2, 2, second), icc_segment(1, 2, first)],
        vec![icc_segment(1, 2, first)],
        vec![icc_segment(1, 1, first), icc_segment(1, 1, second)],
        vec![icc_segment(0, 0, &profile)],
        vec![icc_segment(255, 1, &profile)],
        vec![icc_segment(1, 255, &profile)],
        vec![icc_segment(1, 1, &[])],
        vec![jpeg_segment(0xE2, b"ICC_PROFILE\0")],
    ] {
        assert_harmless(&jpeg_with(&segments));
    }
}

#[test]
fn a_profile_with_any_byte_changed_does_no_harm() {
    let whole = profile();
    for at in 0..whole.len() {
        for value in [0xFF, whole[at] ^ 0x01] {
            let mut changed = whole.clone();
            changed[at] = value;
            let still = webp_still(4, 4);
            let bytes = webp(4, 4, 0x20, &[riff_chunk(b"ICCP", &changed), still]);
            assert_harmless(&bytes);
        }
    }
}

fn exif_segment(orientation: u16, padding: usize) -> Vec<u8> {
    jpeg_segment(0xE1, &[b"Exif\0\0".to_vec(), exif(orientation, padding)].concat())
}

#[test]
fn of_many_segments_of_exif_the_first_counts() {
    let full = SEGMENT_BYTES_MAX - 6 - exif(1, 0).len();
    let segments = [vec![exif_segment(6, full)], vec![exif_segment(3, full); 200]].concat();
    let mut bytes = jpeg(16, 8, |_| {});
    bytes.splice(2..2, segments.concat());
    let picture = judge(&bytes).unwrap();
    assert_eq!((picture.width(), picture.height()), (8, 16));
    assert_eq!(metadata_of(&bytes).exif.orientation, Some(6));
}

#[test]
fn exif_of_many_mebibytes_is_read_at_no_cost() {
    let huge = exif(6, 24 * 1024 * 1024);
    for bytes in [
        plain_png(16, 8, &[png_chunk(b"eXIf", &huge)]),
        webp(16, 8, 0x08, &[webp_still(16, 8), riff_chunk(b"EXIF", &huge)]),
    ] {
        let picture = judge(&bytes).unwrap();
        assert_eq!((picture.width(), picture.height()), (8, 16));
        assert_eq!(metadata_of(&bytes).exif.orientation, Some(6));
    }
}

/// Directories of as many entries as can be counted, all of which point to the same long text.
#[test]
fn entries_that_share_one_long_value_are_not_multiplied() {
    let mut exif = b"MM\0*\0\0\0\x08\xFF\xFF".to_vec();
    for tag in [0x010Fu16, 0x0110, 0x0131, 0x013B, 0x8298, 0x010E].into_iter().cycle().take(65_535) {
        exif.extend(tag.to_be_bytes());
        exif.extend([0, 2]);
        exif.extend(60_000u32.to_be_bytes());
        exif.extend(1000u32.to_be_bytes());
    }
    let bytes = plain_png(8, 8, &[png_chunk(b"eXIf", &exif)]);
    judge(&bytes).unwrap();
    let described = serde_json::to_string(&metadata_of(&bytes)).unwrap();
    assert!(described.len() < 8000, "{}", described.len());
}

#[test]
fn directories_that_point_to_each_other_are_followed_once() {
    let pointing = |tag: u16, offset: u32| {
        let mut exif = b"MM\0*\0\0\0\x08\0\x01".to_vec();
        exif.extend(tag.to_be_bytes());
        exif.extend([0, 4, 0, 0, 0, 1]);
        exif.extend(offset.to_be_bytes());
        exif.extend(offset.to_be_bytes());
        exif
    };
    for tag in [0x8769, 0x8825] {
        for offset in [0, 4, 8, 10, 0x7FFF_FFFF, u32::MAX] {
            let bytes = plain_png(8, 8, &[png_chunk(b"eXIf", &pointing(tag, offset))]);
            judge(&bytes).unwrap();
            metadata_of(&bytes);
        }
    }
}
