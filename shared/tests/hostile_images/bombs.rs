//! Small files that claim to be large, or become it.

use shared::image::{FRAMES_MAX, Picture, TargetFormat, Transform};

use super::files::{
    GIF_PIXEL, PNG_SIGNATURE, deflate, deflated_zeros, gif, gif_frame, jpeg, jpeg_segment, plain_png, png,
    png_chunk, png_header, riff_chunk, webp, webp_frame, webp_still,
};
use super::memory::peak_of;
use super::verdict::{assert_harmless, judge, pixels, refusal, refusal_by_header, thumbnail};

const MEBIBYTE: usize = 1024 * 1024;

fn jpeg_that_claims(width: u16, height: u16, progressive: bool) -> Vec<u8> {
    let mut bytes = jpeg(16, 16, |encoder| encoder.set_progressive(progressive));
    let frame = bytes.windows(2).position(|pair| pair[0] == 0xFF && [0xC0, 0xC2].contains(&pair[1])).unwrap();
    bytes[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

fn lossy_webp_that_claims(width: u16, height: u16) -> Vec<u8> {
    let mut still = webp_still(16, 16);
    still[14..16].copy_from_slice(&width.to_le_bytes());
    still[16..18].copy_from_slice(&height.to_le_bytes());
    riff_chunk(b"RIFF", &[b"WEBP".to_vec(), still].concat())
}

#[test]
fn a_header_that_claims_too_much_is_refused_at_no_cost() {
    let lossless = [&[0x2F], u32::MAX.to_le_bytes().as_slice(), &[0; 20]].concat();
    let lossless = riff_chunk(b"RIFF", &[b"WEBP".to_vec(), riff_chunk(b"VP8L", &lossless)].concat());
    for bytes in [
        plain_png_that_claims(0x7FFF_FFFF, 0x7FFF_FFFF),
        plain_png_that_claims(16_385, 1),
        plain_png_that_claims(10_000, 5001),
        jpeg_that_claims(65_535, 65_535, false),
        jpeg_that_claims(65_535, 65_535, true),
        gif(65_535, 65_535, &[gif_frame(1, 1, GIF_PIXEL)]),
        webp(1 << 24, 1 << 24, 0, &[webp_still(16, 16)]),
        lossy_webp_that_claims(0x3FFF, 0x3FFF),
        lossless,
    ] {
        assert_eq!(refusal_by_header(&bytes), "image_too_large");
    }
}

fn plain_png_that_claims(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = plain_png(4, 4, &[]);
    bytes.splice(8..33, png_header(width, height, 8, 2, false));
    bytes
}

#[test]
fn a_header_that_claims_as_much_as_is_allowed_takes_no_more_than_its_bound() {
    for (what, bytes) in [
        ("a PNG", plain_png_that_claims(7000, 7000)),
        ("a JPEG", jpeg_that_claims(7000, 7000, false)),
        ("a progressive JPEG", jpeg_that_claims(7000, 7000, true)),
        ("a GIF", gif(7000, 7000, &[gif_frame(7000, 7000, GIF_PIXEL)])),
        ("a WebP", webp(7000, 7000, 0, &[webp_still(16, 16)])),
        ("a WebP without a header", lossy_webp_that_claims(7000, 7000)),
    ] {
        assert_eq!(
            judge(&bytes).map(|picture| picture.width()).map_err(|refused| refused.code()),
            Err("image_corrupt"),
            "{what}"
        );
    }
    // A frame may cover a part of its screen, the rest of which is transparent.
    let picture = judge(&gif(7000, 7000, &[gif_frame(1, 1, GIF_PIXEL)])).unwrap();
    assert_eq!((picture.width(), thumbnail(&picture).width), (7000, 16));
}

#[test]
fn pixels_that_inflate_beyond_the_picture_are_not_inflated() {
    let data = deflated_zeros(200);
    assert!(data.len() < MEBIBYTE);
    let header = png_header(10, 10, 8, 2, false);
    let bytes = [PNG_SIGNATURE, &header, &png_chunk(b"IDAT", &data), &png_chunk(b"IEND", &[])].concat();
    let (_, peak) = peak_of(|| judge(&bytes));
    assert!(peak < 4 * MEBIBYTE, "{peak}");
}

#[test]
fn profiles_and_texts_that_inflate_without_end_are_cut_off() {
    let bomb = deflated_zeros(200);
    let named = |method: &[u8]| [b"name\0", method, &bomb].concat();
    for chunk in [
        png_chunk(b"iCCP", &named(b"\0")),
        png_chunk(b"zTXt", &named(b"\0")),
        png_chunk(b"iTXt", &named(b"\x01\0en\0name\0")),
    ] {
        let bytes = plain_png(10, 10, &[chunk]);
        let (picture, peak) = peak_of(|| judge(&bytes).map(|picture| picture.width()));
        assert_eq!(picture.unwrap(), 10);
        assert!(peak < 24 * MEBIBYTE, "{peak}");
    }
}

#[test]
fn a_profile_that_is_broken_in_any_way_is_ignored() {
    let deflated = deflate(&super::files::profile());
    for payload in [
        Vec::new(),
        b"name".to_vec(),
        b"name\0".to_vec(),
        b"name\0\x01".to_vec(),
        b"name\0\0".to_vec(),
        [b"name\0\0", &deflated[..deflated.len() / 2]].concat(),
        [b"\0\0", deflated.as_slice()].concat(),
        vec![b'n'; 5000],
    ] {
        assert_eq!(judge(&plain_png(10, 10, &[png_chunk(b"iCCP", &payload)])).unwrap().width(), 10);
    }
}

#[track_caller]
fn refusal_when_kept(picture: &Picture) -> &'static str {
    let transform = Transform {
        animated: Some(true),
        format: Some(TargetFormat::WebP),
        width: Some(8),
        ..Transform::default()
    };
    let (made, peak) = peak_of(|| picture.render(&transform));
    assert!(peak < 64 * 1024, "{peak}");
    made.map(|made| made.bytes.len()).unwrap_err().code()
}

#[test]
fn frames_that_are_larger_than_their_screen_are_counted() {
    let frame = gif_frame(4000, 5000, GIF_PIXEL);
    let first = gif_frame(1, 1, GIF_PIXEL);
    let bytes = gif(1, 1, &[vec![first], vec![frame; 100]].concat());
    assert_eq!(refusal_when_kept(&judge(&bytes).unwrap()), "animation_too_large");
    // The first frame is decoded for any step.
    assert_eq!(refusal(&gif(1, 1, &[gif_frame(65_535, 65_535, GIF_PIXEL)])), "image_too_large");
}

#[test]
fn many_frames_on_a_large_canvas_are_counted() {
    let frames = FRAMES_MAX as usize;
    let bytes = gif(1000, 1000, &vec![gif_frame(1, 1, GIF_PIXEL); frames]);
    assert_eq!(refusal_when_kept(&judge(&bytes).unwrap()), "animation_too_large");
    let frame = webp_frame(1, 1, &webp_still(1, 1));
    let bytes = webp(1000, 1000, 0x02, &vec![frame; frames]);
    assert_eq!(refusal_when_kept(&judge(&bytes).unwrap()), "animation_too_large");
}

#[test]
fn more_frames_than_are_allowed_are_refused_undecoded() {
    let frames = FRAMES_MAX as usize + 1;
    assert_eq!(refusal(&gif(4, 4, &vec![gif_frame(1, 1, GIF_PIXEL); frames])), "too_many_frames");
    let frame = webp_frame(1, 1, &webp_still(1, 1));
    assert_eq!(refusal(&webp(4, 4, 0x02, &vec![frame; frames])), "too_many_frames");
    let control = png_chunk(b"acTL", &[u32::MAX.to_be_bytes(), [0; 4]].concat());
    assert_eq!(refusal(&plain_png(4, 4, &[control])), "too_many_frames");
}

#[test]
fn a_webp_frame_beyond_its_canvas_is_refused() {
    let bytes = webp(4, 4, 0x02, &[webp_frame(16, 16, &webp_still(16, 16))]);
    assert_eq!(refusal(&bytes), "image_corrupt");
    // The frame's head says what fits, its picture something else.
    let bytes = webp(4, 4, 0x02, &[webp_frame(4, 4, &webp_still(16, 16))]);
    assert_eq!(refusal(&bytes), "image_corrupt");
}

fn scans(jpeg: &[u8]) -> Vec<usize> {
    jpeg.windows(2).enumerate().filter(|(_, pair)| pair == &[0xFF, 0xDA]).map(|(at, _)| at).collect()
}

#[test]
fn scans_without_end_are_refused_before_the_picture_is_complete_and_not_read_after() {
    let bytes = jpeg(64, 64, |encoder| encoder.set_progressive(true));
    let starts = scans(&bytes);
    let again = bytes[starts[0]..starts[1]].repeat(1000);
    let before = [&bytes[..starts[0]], &again, &bytes[starts[0]..]].concat();
    assert_eq!(refusal(&before), "image_corrupt");

    let (last, end) = (starts[starts.len() - 1], bytes.len() - 2);
    let after = [&bytes[..end], &bytes[last..end].repeat(1000), &bytes[end..]].concat();
    assert_eq!(pixels(&after), pixels(&bytes));
}

#[test]
fn tables_and_components_without_sense_do_no_harm() {
    let tables = |marker: u8, payload: &[u8]| {
        let mut bytes = jpeg(16, 16, |_| {});
        bytes.splice(2..2, jpeg_segment(marker, payload).repeat(500));
        bytes
    };
    for bytes in [
        tables(0xC4, &[0x00; 17]),
        tables(0xC4, &[0xFF; 300]),
        tables(0xDB, &[0xFF; 65]),
        tables(0xDD, &[0xFF, 0xFF]),
        tables(0xDD, &[0x00]),
        tables(0xFE, &[0xFF; 60_000]),
    ] {
        assert_harmless(&bytes);
    }
    for components in [0, 2, 5, 255] {
        let mut bytes = jpeg(16, 16, |_| {});
        let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
        bytes[frame + 9] = components;
        assert_harmless(&bytes);
    }
    for sampling in [0x00, 0x01, 0x10, 0x33, 0x44, 0xFF] {
        let mut bytes = jpeg(16, 16, |_| {});
        let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
        bytes[frame + 11] = sampling;
        assert_harmless(&bytes);
    }
}

#[test]
fn headers_without_sense_do_no_harm() {
    for depth in 0..=32 {
        for color in 0..=7 {
            for interlaced in [false, true] {
                let header = png_header(9, 9, depth, color, interlaced);
                assert_harmless(&png(header, &[], &[0; 2000]));
            }
        }
    }
}
