//! Files that are a picture to one program and something else to another: what is made of them is a picture.

use shared::image::{OutputFormat, Transform};

use super::files::{
    GIF_PIXEL, gif_frame, jpeg, jpeg_segment, plain_png, png_chunk, riff_chunk, webp, webp_still,
};
use super::verdict::{judge, refusal_by_header};

const SCRIPT: &[u8] = b"<script>alert(1)</script>";

/// Makes every format of a file and looks for what was smuggled in.
#[track_caller]
fn assert_only_a_picture_is_made(bytes: &[u8], smuggled: &[u8]) {
    assert!(bytes.windows(smuggled.len()).any(|window| window == smuggled), "nothing was smuggled in");
    let picture = judge(bytes).unwrap();
    for format in
        [OutputFormat::Jpeg, OutputFormat::Png, OutputFormat::WebP, OutputFormat::Avif, OutputFormat::Gif]
    {
        let animated = (format == OutputFormat::Gif).then_some(true);
        let transform =
            Transform { format: Some(format.into()), animated, width: Some(16), ..Transform::default() };
        let made = picture.render(&transform).unwrap().bytes;
        assert!(!made.windows(smuggled.len()).any(|window| window == smuggled), "{format}");
    }
}

#[test]
fn an_archive_after_a_jpeg_is_left_behind() {
    let archive = b"PK\x03\x04\x14\0\0\0\0\0evil.class";
    let bytes = [jpeg(16, 16, |_| {}), archive.to_vec()].concat();
    assert_only_a_picture_is_made(&bytes, archive);
}

#[test]
fn a_script_in_the_comment_of_a_jpeg_is_left_behind() {
    let mut bytes = jpeg(16, 16, |_| {});
    bytes.splice(2..2, [jpeg_segment(0xFE, SCRIPT), jpeg_segment(0xEF, SCRIPT)].concat());
    assert_only_a_picture_is_made(&bytes, SCRIPT);
}

/// The width's two bytes open a comment of JavaScript, which the picture ends.
#[test]
fn a_gif_that_is_a_script_is_made_into_a_picture() {
    let screen = [b"GIF89a/*", [1, 0].as_slice(), &[0x80, 0, 0, 9, 9, 9, 8, 8, 8]].concat();
    let code = b"*/=1;alert(document.cookie)//";
    let comment = [&[0x21, 0xFE, code.len() as u8], code.as_slice(), &[0]].concat();
    let bytes = [screen, comment, gif_frame(1, 1, GIF_PIXEL), vec![0x3B]].concat();
    assert_only_a_picture_is_made(&bytes, code);
}

#[test]
fn a_page_in_or_after_a_png_is_left_behind() {
    let text = png_chunk(b"tEXt", &[b"Comment\0", SCRIPT].concat());
    assert_only_a_picture_is_made(&plain_png(16, 16, &[text]), SCRIPT);
    let unknown = png_chunk(b"evIl", SCRIPT);
    assert_only_a_picture_is_made(&plain_png(16, 16, &[unknown]), SCRIPT);
    assert_only_a_picture_is_made(&[plain_png(16, 16, &[]), SCRIPT.to_vec()].concat(), SCRIPT);
}

#[test]
fn a_page_in_or_after_a_webp_is_left_behind() {
    let inside =
        webp(16, 16, 0, &[webp_still(16, 16), riff_chunk(b"XMP ", SCRIPT), riff_chunk(b"evil", SCRIPT)]);
    assert_only_a_picture_is_made(&inside, SCRIPT);
    assert_only_a_picture_is_made(&[inside, SCRIPT.to_vec()].concat(), SCRIPT);
}

#[test]
fn what_only_contains_a_picture_is_refused() {
    let picture = jpeg(16, 16, |_| {});
    for head in [
        b"%PDF-1.7\n".as_slice(),
        b"<!DOCTYPE html>",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        b"PK\x03\x04",
        b"MZ",
        b"\x7FELF",
        b"#!/bin/sh\n",
        b"\0",
        b" ",
        b"RIFF\0\0\0\0AVI ",
        b"\0\0\0\x1CftypavifAVIF",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"push graphic-context\n",
    ] {
        assert_eq!(refusal_by_header(&[head, &picture].concat()), "unsupported_format");
    }
}
