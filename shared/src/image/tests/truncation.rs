use super::samples::{
    FORMATS, file, gif_of, half_transparent, jpeg, jpeg_with, png, png_chunk, quarters, upright,
};
use crate::image::{Error, Picture, Transform, decode, read_header, webp};

fn refusal(bytes: &[u8]) -> Error {
    decode(bytes).map(|picture: Picture| picture.width()).unwrap_err()
}

/// A cut file is refused, or all of its pixels are there.
#[track_caller]
fn assert_every_cut_is_refused_or_harmless(bytes: &[u8], what: &str) {
    let whole = upright(&decode(bytes).unwrap());
    for end in 0..bytes.len() {
        match decode(&bytes[..end]) {
            Ok(picture) => assert_eq!(upright(&picture).pixels, whole.pixels, "{what} cut at {end}"),
            Err(error) if end < 12 => {
                assert!(
                    ["unsupported_format", "image_truncated"].contains(&error.code()),
                    "{what} cut at {end}"
                );
            }
            Err(error) => assert_eq!(error.code(), "image_truncated", "{what} cut at {end}"),
        }
    }
    assert!(decode(&bytes[..bytes.len() / 2]).is_err(), "{what}");
}

#[test]
fn a_file_cut_anywhere_is_refused_unless_all_of_its_pixels_are_there() {
    for format in FORMATS {
        assert_every_cut_is_refused_or_harmless(&file(format, &quarters(40, 30)), &format.to_string());
    }
}

#[test]
fn a_progressive_jpeg_cut_anywhere_is_refused_unless_all_of_its_pixels_are_there() {
    let bytes = jpeg_with(&quarters(40, 30), |encoder| encoder.set_progressive(true));
    assert_every_cut_is_refused_or_harmless(&bytes, "progressive");
}

#[test]
fn a_webp_of_another_kind_cut_anywhere_is_refused() {
    let raster = half_transparent(40, 30);
    for bytes in [webp::encode_lossless(&raster), webp::encode(&raster, 80).unwrap()] {
        for end in 12..bytes.len() {
            assert_eq!(refusal(&bytes[..end]).code(), "image_truncated", "cut at {end}");
        }
    }
}

#[test]
fn without_its_end_a_picture_that_is_all_there_is_decoded() {
    let whole = quarters(40, 30);
    for (bytes, end_bytes) in
        [(jpeg(&whole), 2), (png(&whole), 12), (gif_of(&whole, 1), 1), (gif_of(&whole, 3), 1)]
    {
        let expected = upright(&decode(&bytes).unwrap());
        let without = &bytes[..bytes.len() - end_bytes];
        for end in [&[][..], &[0; 40], b"\0\0\0\x0DGARB\xFF\xFFage"] {
            let garbled = [without, end].concat();
            assert_eq!(upright(&decode(&garbled).unwrap()).pixels, expected.pixels, "{end:?}");
        }
    }
}

#[test]
fn half_of_the_data_with_an_end_mark_is_refused() {
    for progressive in [false, true] {
        let bytes = jpeg_with(&quarters(64, 64), |encoder| encoder.set_progressive(progressive));
        let scan = bytes.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap() + 14;
        let half = scan + (bytes.len() - scan) / 2;
        let ended = [&bytes[..half], &[0xFF, 0xD9]].concat();
        assert_eq!(refusal(&ended).code(), "image_truncated", "{progressive}");
    }
    let mut noise = quarters(32, 32);
    noise.pixels = (0..32u32 * 32 * 3).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let bytes = png(&noise);
    let data = bytes.windows(4).position(|kind| kind == b"IDAT").unwrap() + 4;
    let half = png_chunk(b"IDAT", &bytes[data..data + (bytes.len() - data) / 2]);
    let ended = [&bytes[..data - 8], &half, &png_chunk(b"IEND", &[])].concat();
    assert_eq!(refusal(&ended).code(), "image_corrupt");
}

#[test]
fn an_animation_that_is_cut_off_keeps_the_frames_that_are_there() {
    let bytes = gif_of(&quarters(10, 10), 3);
    let frames = |bytes: &[u8]| decode(bytes).unwrap().animation.map_or(1, |all| all.timeline.frames);
    assert_eq!(frames(&bytes), 3);
    assert_eq!(frames(&bytes[..bytes.len() - 30]), 2);
    let kept = Transform { animated: Some(true), ..Transform::default() };
    assert!(decode(&bytes[..bytes.len() - 30]).unwrap().render(&kept).is_ok());
}

#[test]
fn the_header_of_a_cut_file_is_read_or_needs_more_but_is_never_refused() {
    for format in FORMATS {
        let bytes = file(format, &quarters(40, 30));
        let whole = read_header(&bytes).unwrap().unwrap();
        assert_eq!((whole.format, whole.width, whole.height), (format, 40, 30));
        for end in 12..bytes.len() {
            let header = read_header(&bytes[..end]).unwrap();
            // Where a GIF's screen does not say, its first frame does.
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
