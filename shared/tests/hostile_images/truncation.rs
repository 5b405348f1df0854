//! Files that end before their picture does: each is refused unless all of its pixels are there.

use shared::image::{MetadataOptions, decode, metadata, read_header};

use super::files::{
    GIF_PIXEL, deflate, exif, gif, gif_frame, gif_head, jpeg, jpeg_segment, plain_png, png_chunk, profile,
    riff_chunk, webp, webp_frame, webp_still,
};
use super::verdict::{assert_harmless, judge, pixels};

/// A JPEG with all kinds of segments.
fn full_jpeg(progressive: bool) -> Vec<u8> {
    let mut bytes = jpeg(40, 30, |encoder| {
        encoder.set_progressive(progressive);
        encoder.set_restart_interval(4);
        encoder.add_icc_profile(&profile()).unwrap();
    });
    let exif = [b"Exif\0\0".to_vec(), exif(1, 40)].concat();
    bytes.splice(2..2, [jpeg_segment(0xE1, &exif), jpeg_segment(0xFE, b"a comment")].concat());
    bytes
}

fn full_png() -> Vec<u8> {
    let profile = [b"name\0\0".to_vec(), deflate(&profile())].concat();
    let chunks = [
        png_chunk(b"iCCP", &profile),
        png_chunk(b"eXIf", &exif(1, 10)),
        png_chunk(b"tEXt", b"Title\0x"),
        png_chunk(b"pHYs", &[0; 9]),
    ];
    plain_png(20, 10, &chunks)
}

fn full_webp() -> Vec<u8> {
    let chunks = [riff_chunk(b"ICCP", &profile()), webp_still(20, 10), riff_chunk(b"EXIF", &exif(1, 10))];
    webp(20, 10, 0x28, &chunks)
}

fn animated_webp() -> Vec<u8> {
    let frame = webp_frame(20, 10, &webp_still(20, 10));
    webp(20, 10, 0x02, &[riff_chunk(b"ANIM", &[0; 6]), frame.clone(), frame])
}

fn animated_gif() -> Vec<u8> {
    let control = [0x21, 0xF9, 4, 0, 7, 0, 0, 0].to_vec();
    let frame = [control, gif_frame(1, 1, GIF_PIXEL)].concat();
    let repeat = b"\x21\xFF\x0BNETSCAPE2.0\x03\x01\0\0\0".to_vec();
    gif(4, 4, &[repeat, frame.clone(), frame])
}

/// A cut file is refused, or all of its pixels are there.
#[track_caller]
fn assert_every_cut_is_refused_or_harmless(bytes: &[u8], what: &str) {
    let whole = pixels(bytes);
    let mut refused = 0;
    for end in 0..bytes.len() {
        let cut = &bytes[..end];
        let described = metadata(cut, &MetadataOptions::default());
        if decode(cut).is_ok() {
            assert_eq!(pixels(cut), whole, "{what} cut at {end}");
            assert!(described.is_ok(), "{what} cut at {end}");
            continue;
        }
        refused += 1;
        let code = judge(cut).map(|picture| picture.width()).unwrap_err().code();
        let expected: &[&str] =
            if end < 12 { &["unsupported_format", "image_truncated"] } else { &["image_truncated"] };
        assert!(expected.contains(&code), "{what} cut at {end} of {}: {code}", bytes.len());
        // Metadata comes before the pixels, and may be there without them.
        match described {
            Ok(described) => assert_eq!((described.width, described.height), (whole.0, whole.1), "{what}"),
            Err(error) => assert_eq!(error.code(), code, "{what} cut at {end}"),
        }
        if end >= 12 {
            assert!(read_header(cut).is_ok(), "{what} cut at {end}: there may be more to come");
        }
    }
    assert!(refused > bytes.len() / 2, "{what}");
}

#[test]
fn a_jpeg_cut_anywhere_is_refused_unless_all_of_its_pixels_are_there() {
    assert_every_cut_is_refused_or_harmless(&full_jpeg(false), "baseline");
    assert_every_cut_is_refused_or_harmless(&full_jpeg(true), "progressive");
}

#[test]
fn a_png_cut_anywhere_is_refused_unless_all_of_its_pixels_are_there() {
    assert_every_cut_is_refused_or_harmless(&full_png(), "with all kinds of chunks");
}

#[test]
fn a_webp_cut_anywhere_is_refused() {
    assert_every_cut_is_refused_or_harmless(&full_webp(), "with all kinds of chunks");
    assert_every_cut_is_refused_or_harmless(&animated_webp(), "animated");
}

#[test]
fn a_gif_cut_anywhere_is_refused_unless_its_first_frame_is_there() {
    assert_every_cut_is_refused_or_harmless(&animated_gif(), "animated");
}

/// A part is left out, and all that comes after it stays.
#[test]
fn a_file_with_a_hole_does_no_harm() {
    let files = [full_jpeg(false), full_jpeg(true), full_png(), full_webp(), animated_webp(), animated_gif()];
    for bytes in files {
        for start in (0..bytes.len()).step_by(7) {
            for length in [1, 4, 64] {
                let end = (start + length).min(bytes.len());
                assert_harmless(&[&bytes[..start], &bytes[end..]].concat());
            }
        }
    }
}

#[test]
fn a_length_that_lies_does_no_harm() {
    let files = [full_jpeg(false), full_png(), full_webp(), animated_webp(), animated_gif()];
    for bytes in files {
        for at in 0..bytes.len() - 4 {
            for length in [[0xFF; 4], [0x7F, 0xFF, 0xFF, 0xFF], [0, 0, 0, 1]] {
                let mut changed = bytes.clone();
                changed[at..at + 4].copy_from_slice(&length);
                assert_harmless(&changed);
            }
        }
    }
    assert!(decode(&gif_head(4, 4)).is_err());
}
