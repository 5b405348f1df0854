use super::samples::{FORMATS, file, gif_of, half_transparent, jpeg_with, quarters};
use crate::image::{Error, Picture, decode, read_header, webp};

fn refusal(bytes: &[u8]) -> Error {
    decode(bytes).map(|picture: Picture| picture.width()).unwrap_err()
}

#[track_caller]
fn assert_every_cut_is_refused(bytes: &[u8], what: &str) {
    assert!(decode(bytes).is_ok(), "{what}");
    for end in 0..bytes.len() {
        let code = refusal(&bytes[..end]).code();
        let expected =
            if end < 12 { ["unsupported_format", "image_truncated"] } else { ["image_truncated"; 2] };
        assert!(expected.contains(&code), "{what} cut at {end} of {}: {code}", bytes.len());
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for format in FORMATS {
        assert_every_cut_is_refused(&file(format, &quarters(40, 30)), &format.to_string());
    }
}

#[test]
fn a_progressive_jpeg_cut_anywhere_is_refused() {
    let bytes = jpeg_with(&quarters(40, 30), |encoder| encoder.set_progressive(true));
    assert_every_cut_is_refused(&bytes, "progressive");
}

#[test]
fn a_webp_of_another_kind_cut_anywhere_is_refused() {
    let raster = half_transparent(40, 30);
    assert_every_cut_is_refused(&webp::encode_lossless(&raster), "lossless");
    assert_every_cut_is_refused(&webp::encode(&raster, 80).unwrap(), "with alpha");
}

#[test]
fn an_animation_cut_after_its_first_frame_is_refused() {
    let bytes = gif_of(&quarters(10, 10), 3);
    assert_eq!(refusal(&bytes[..bytes.len() - 30]).code(), "image_truncated");
}

#[test]
fn the_header_of_a_cut_file_is_read_or_needs_more_but_is_never_refused() {
    for format in FORMATS {
        let bytes = file(format, &quarters(40, 30));
        let whole = read_header(&bytes).unwrap().unwrap();
        assert_eq!((whole.format, whole.width, whole.height), (format, 40, 30));
        for end in 12..bytes.len() {
            let header = read_header(&bytes[..end]).unwrap();
            assert!(header.is_none_or(|header| header == whole), "{format} cut at {end}");
        }
    }
}

#[test]
fn damage_anywhere_is_refused_or_decoded_but_never_panics() {
    for format in FORMATS {
        let whole = file(format, &half_or_quarters(format));
        for at in 0..whole.len() {
            for value in [0x00, 0xFF, whole[at] ^ 0x01, whole[at] ^ 0x80] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                if let Ok(picture) = decode(&bytes) {
                    assert!(picture.width() >= 1 && picture.height() >= 1);
                }
            }
        }
    }
}

fn half_or_quarters(format: crate::image::SourceFormat) -> crate::image::raster::Raster {
    if format == crate::image::SourceFormat::Jpeg { quarters(12, 12) } else { half_transparent(12, 12) }
}
