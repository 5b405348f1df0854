use super::samples::{FORMATS, file, gif_of, jpeg, jpeg_with, png, quarters, riff_chunk, webp, webp_of};
use crate::image::raster::{Channels, Raster};
use crate::image::size::Size;
use crate::image::webp;
use crate::image::{Error, FILE_BYTES_MAX, FRAMES_MAX, Picture, decode, read_header};

fn refusal(bytes: &[u8]) -> Error {
    decode(bytes).map(|picture: Picture| picture.width()).unwrap_err()
}

#[test]
fn a_huge_png_is_refused_by_its_header() {
    let mut bytes = png(&quarters(4, 4));
    bytes[16..20].copy_from_slice(&50_000u32.to_be_bytes());
    bytes[20..24].copy_from_slice(&50_000u32.to_be_bytes());
    let error = read_header(&bytes).unwrap_err();
    assert_eq!(error.code(), "image_too_large");
    assert_eq!(error.to_string(), "50000 × 50000 px; at most 50 MP, 16384 px a side");
    assert_eq!(refusal(&bytes).code(), "image_too_large");
}

#[test]
fn a_side_or_an_area_beyond_the_bound_is_refused_in_every_format() {
    for (width, height) in [(16_385u16, 1u16), (1, 16_385), (8000, 6251)] {
        let mut gif = gif_of(&quarters(4, 4), 1);
        gif[6..8].copy_from_slice(&width.to_le_bytes());
        gif[8..10].copy_from_slice(&height.to_le_bytes());
        assert_eq!(refusal(&gif).code(), "image_too_large");

        let mut jpeg = jpeg(&quarters(4, 4));
        let frame = jpeg.windows(2).position(|window| window == [0xFF, 0xC0]).unwrap();
        jpeg[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
        jpeg[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
        assert_eq!(refusal(&jpeg).code(), "image_too_large");

        let canvas = Size { width: width.into(), height: height.into() };
        let webp = webp_of(canvas, 0, &[webp(&quarters(4, 4))[12..].to_vec()]);
        assert_eq!(refusal(&webp).code(), "image_too_large");
    }
}

#[test]
fn a_picture_without_pixels_is_refused() {
    let mut bytes = png(&quarters(4, 4));
    bytes[16..20].fill(0);
    assert_eq!(read_header(&bytes).unwrap_err().code(), "image_corrupt");
    // Neither its screen nor a frame has any.
    assert_eq!(read_header(b"GIF89a\0\0\0\0\0\0\0;").unwrap_err().code(), "image_corrupt");
}

#[test]
fn a_long_animation_is_refused_without_decoding_it() {
    assert!(decode(&gif_of(&quarters(2, 2), FRAMES_MAX)).is_ok());
    assert_eq!(refusal(&gif_of(&quarters(2, 2), FRAMES_MAX + 1)).code(), "too_many_frames");
    assert_eq!(refusal(&gif_of(&quarters(2, 2), 10_000)).code(), "too_many_frames");
}

#[test]
fn a_long_animation_in_webp_is_refused() {
    let still = webp(&quarters(4, 4))[12..].to_vec();
    let frame =
        riff_chunk(b"ANMF", &[[0, 0, 0, 0, 0, 0, 3, 0, 0, 3, 0, 0, 0, 0, 0, 0].to_vec(), still].concat());
    let animation = |frames: u32| {
        webp_of(Size { width: 4, height: 4 }, 0x02, &[vec![frame.clone(); frames as usize].concat()])
    };
    assert!(decode(&animation(FRAMES_MAX)).is_ok());
    assert_eq!(refusal(&animation(FRAMES_MAX + 1)).code(), "too_many_frames");
}

#[test]
fn a_jpeg_of_very_many_scans_is_refused_unless_the_first_has_it_all() {
    for (progressive, expected) in [(false, None), (true, Some("image_corrupt"))] {
        let mut bytes = jpeg_with(&quarters(16, 16), |encoder| encoder.set_progressive(progressive));
        let mark = bytes.windows(2).position(|window| window == [0xFF, 0xDA]).unwrap();
        let next = bytes[mark + 2..].windows(2).position(|pair| pair[0] == 0xFF && pair[1] >= 0xC0).unwrap();
        let scan = bytes[mark..mark + 2 + next].repeat(80);
        bytes.splice(mark..mark, scan);
        assert_eq!(decode(&bytes).err().map(|error| error.code()), expected, "{progressive}");
    }
}

#[test]
fn a_large_file_is_refused_unread() {
    assert_eq!(refusal(&vec![0xFF; FILE_BYTES_MAX + 1]).code(), "file_too_large");
}

#[test]
fn what_is_no_picture_is_refused() {
    for bytes in [&b""[..], b"GIF", b"hello, world, this is text", b"<svg/>", &[0; 64]] {
        assert_eq!(refusal(bytes).code(), "unsupported_format");
        assert_eq!(read_header(bytes).unwrap_err().code(), "unsupported_format");
    }
}

#[test]
fn trailing_bytes_do_no_harm() {
    for format in FORMATS {
        let mut bytes = file(format, &quarters(16, 16));
        bytes.extend(b"and more");
        assert!(decode(&bytes).is_ok(), "{format}");
    }
}

/// Made of 50 megapixels, it took 1,580 MB of the 1,769 that media has.
#[test]
fn a_transparent_webp_of_too_many_pixels_is_refused_before_it_is_made() {
    let size = Size { width: 8000, height: 4001 };
    let transparent = Raster::filled(size, [0; 4]);
    let error = webp::encode(&transparent, 75).unwrap_err();
    assert_eq!(error.code(), "image_unencodable");
    assert_eq!(error.to_string(), "WebP: 8000 × 4001 pixels with transparency; at most 32000000");
    assert!(webp::Animator::new(size, 0, 75).is_err_and(|error| error.code() == "image_unencodable"));
    let opaque = Raster { channels: Channels::Rgb, ..transparent };
    assert!(webp::holds(&opaque));
}
