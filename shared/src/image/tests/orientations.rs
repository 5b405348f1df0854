use super::samples::{
    BLUE, GREEN, RED, YELLOW, assert_near, exif, pixel, png, png_chunk, quarters, riff_chunk, turned_jpeg,
    webp, webp_of,
};
use crate::image::size::Size;
use crate::image::{Fit, Picture, TargetFormat, Transform, decode};

/// The colours of the four quarters, seen upright, when the quarters are stored with an orientation.
pub const UPRIGHT: [(u16, [[u8; 3]; 4]); 8] = [
    (1, [RED, GREEN, BLUE, YELLOW]),
    (2, [GREEN, RED, YELLOW, BLUE]),
    (3, [YELLOW, BLUE, GREEN, RED]),
    (4, [BLUE, YELLOW, RED, GREEN]),
    (5, [RED, BLUE, GREEN, YELLOW]),
    (6, [BLUE, RED, YELLOW, GREEN]),
    (7, [YELLOW, GREEN, BLUE, RED]),
    (8, [GREEN, YELLOW, RED, BLUE]),
];

#[track_caller]
fn assert_quarters(picture: &Picture, expected: [[u8; 3]; 4]) {
    let (right, bottom) = (picture.width() - 4, picture.height() - 4);
    let corners = [(4, 4), (right, 4), (4, bottom), (right, bottom)];
    for ((x, y), expected) in corners.into_iter().zip(expected) {
        assert_near(&pixel(picture, x, y), &expected, 12);
    }
}

#[test]
fn each_orientation_of_a_jpeg_is_seen_upright() {
    for (orientation, expected) in UPRIGHT {
        let picture = decode(&turned_jpeg(orientation)).unwrap();
        let size = if orientation < 5 { (64, 32) } else { (32, 64) };
        assert_eq!((picture.width(), picture.height()), size);
        assert_quarters(&picture, expected);
        let facts = picture.facts().unwrap();
        assert_eq!((facts.width, facts.height), size);
    }
}

#[test]
fn a_reduced_picture_is_upright_too() {
    for (orientation, expected) in UPRIGHT {
        let picture = decode(&turned_jpeg(orientation)).unwrap();
        let transform = Transform {
            width: Some(16),
            height: Some(20),
            fit: Some(Fit::Fill),
            format: Some(TargetFormat::Png),
            ..Transform::default()
        };
        let rendered = picture.render(&transform).unwrap();
        assert_eq!((rendered.width, rendered.height), (16, 20));
        assert_quarters(&decode(&rendered.bytes).unwrap(), expected);
    }
}

#[test]
fn what_is_made_says_nothing_of_an_orientation() {
    let picture = decode(&turned_jpeg(6)).unwrap();
    let rendered = picture.render(&Transform::default()).unwrap();
    assert!(!rendered.bytes.windows(4).any(|window| window == b"Exif"));
    assert_quarters(&decode(&rendered.bytes).unwrap(), [BLUE, RED, YELLOW, GREEN]);
}

#[test]
fn an_orientation_in_a_png_counts() {
    let mut bytes = png(&quarters(64, 32));
    bytes.splice(33..33, png_chunk(b"eXIf", &exif(6)));
    assert_quarters(&decode(&bytes).unwrap(), [BLUE, RED, YELLOW, GREEN]);
}

#[test]
fn an_orientation_in_a_webp_counts() {
    let still = webp(&quarters(64, 32))[12..].to_vec();
    let size = Size { width: 64, height: 32 };
    let bytes = webp_of(size, 0x08, &[still, riff_chunk(b"EXIF", &exif(8))]);
    assert_quarters(&decode(&bytes).unwrap(), [GREEN, YELLOW, RED, BLUE]);
}

#[test]
fn damaged_exif_data_is_ignored() {
    for orientation in [0, 9, 0xFFFF] {
        assert_quarters(&decode(&turned_jpeg(orientation)).unwrap(), [RED, GREEN, BLUE, YELLOW]);
    }
    let whole = exif(6);
    for end in 0..whole.len() {
        let _ = crate::image::exif::orientation(&whole[..end]);
    }
    assert_eq!(crate::image::exif::orientation(b"II*\0\xFF\xFF\xFF\xFF"), None);
}
