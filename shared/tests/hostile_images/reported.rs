//! Files of the kinds that phones, scanners and other programs write, most of which somebody was shown wrong: each comes
//! out with its right pixels, or is refused by name.
//!
//! Expected values come from libjpeg-turbo, Chromium and sharp where they agree, and from the formats' specifications
//! where they do not.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::Deserialize;
use shared::image::{OutputFormat, TargetFormat, Transform};

use super::verdict::{assert_harmless, assert_near, judge, metadata_of, pixels, refusal};

/// By how much a pixel may differ, in each channel: decoders round differently.
const TOLERANCE: u8 = 2;

fn file(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/hostile_images/reported");
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[derive(Deserialize)]
struct Right {
    file: String,
    refused: Option<String>,
    #[serde(default)]
    width: u32,
    #[serde(default)]
    height: u32,
    /// x, y, and what is seen there.
    #[serde(default)]
    pixels: Vec<(u32, u32, u8, u8, u8, u8)>,
}

#[test]
fn every_reported_file_has_its_right_pixels_or_is_refused_by_name() {
    let all: Vec<Right> = serde_json::from_slice(&file("right.json")).unwrap();
    assert!(all.len() > 50);
    let wrong = all.iter().filter(|right| std::panic::catch_unwind(|| assert_right(right)).is_err());
    let wrong: Vec<&str> = wrong.map(|right| right.file.as_str()).collect();
    assert_eq!(wrong, [""; 0]);
}

fn assert_right(right: &Right) {
    let bytes = file(&right.file);
    if let Some(code) = &right.refused {
        assert_eq!(refusal(&bytes), code, "{}", right.file);
        return;
    }
    let (width, height, found) = pixels(&bytes);
    assert_eq!((width, height), (right.width, right.height), "{}", right.file);
    for &(x, y, red, green, blue, alpha) in &right.pixels {
        let seen = found[(y * width + x) as usize];
        // Colours under what cannot be seen may be any.
        if (seen[3], alpha) != (0, 0) {
            println!("{} at {x}, {y}", right.file);
            assert_near(seen, [red, green, blue, alpha], TOLERANCE);
        }
    }
    let described = metadata_of(&bytes);
    assert_eq!((described.width, described.height), (width, height), "{}", right.file);
}

#[derive(Deserialize)]
struct Scans {
    name: String,
    width: u32,
    height: u32,
    crc32_of_rgb: u32,
    jpeg: String,
}

/// Some files that `examples/compare_jpegs.rs` picked from thousands: each pixel is libjpeg-turbo's.
#[test]
fn every_sampling_scan_script_and_restart_interval_of_a_jpeg_is_decoded_right() {
    let all: Vec<Scans> = serde_json::from_slice(&file("scans.json")).unwrap();
    assert!(all.len() > 40);
    for Scans { name, width, height, crc32_of_rgb, jpeg } in all {
        let (found_width, found_height, found) = pixels(&STANDARD.decode(jpeg).unwrap());
        assert_eq!((found_width, found_height), (width, height), "{name}");
        let mut crc = flate2::Crc::new();
        found.iter().for_each(|pixel| crc.update(&pixel[..3]));
        assert_eq!(crc.sum(), crc32_of_rgb, "{name}");
    }
}

/// The formats whose decoders are young, or have no fuzzer of their own.
#[test]
fn a_phones_or_scanners_file_with_a_few_changed_bytes_does_no_harm() {
    const CHANGED_FILES: usize = 60;
    let all: Vec<Right> = serde_json::from_slice(&file("right.json")).unwrap();
    let tried = ["heic-", "tiff-", "bmp-"];
    let mut random = StdRng::seed_from_u64(10);
    for right in all.iter().filter(|right| tried.iter().any(|kind| right.file.starts_with(kind))) {
        println!("{}", right.file);
        let whole = file(&right.file);
        for _ in 0..CHANGED_FILES {
            let mut bytes = whole.clone();
            for _ in 0..random.random_range(1..4) {
                // Most of them near the start, where headers are.
                let end = random.random_range(1..bytes.len());
                bytes[random.random_range(0..end)] = random.random();
            }
            assert_harmless(&bytes);
        }
    }
}

#[test]
fn what_is_wrong_is_said_in_words_that_fit_a_jobs_row() {
    let cut = file("jpeg-half-the-data-then-eoi.jpg");
    for (bytes, expected) in [
        (cut, "the JPEG is cut off; send the whole file"),
        (file("not-a-picture.png"), "no known image; send JPEG, PNG, WebP, GIF, HEIC, TIFF or BMP"),
        (file("jpeg-arith.jpg"), "a rare JPEG coding; send JPEG, PNG, WebP, GIF, HEIC, TIFF or BMP"),
    ] {
        let said = judge(&bytes).map(|picture| picture.width()).unwrap_err().to_string();
        assert_eq!(said, expected);
        assert!(said.chars().count() <= 64, "{said}");
    }
}

/// The frames of an animation that is made as a GIF, drawn on each other by another reader of GIFs.
fn frames_as_gif(name: &str, width: Option<u32>) -> Vec<Vec<[u8; 4]>> {
    let transform =
        Transform { animated: Some(true), format: Some(TargetFormat::Gif), width, ..Transform::default() };
    let made = judge(&file(name)).unwrap().render(&transform).unwrap();
    assert_eq!(made.format, OutputFormat::Gif);
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(made.bytes.as_slice()).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        assert_eq!((frame.left, frame.top), (0, 0), "frames are whole");
        // The colour that a viewer fills a cleared area with depends on it.
        assert!(frame.dispose != gif::DisposalMethod::Background || frame.transparent.is_some());
        frames.push(frame.buffer.as_chunks().0.to_vec());
    }
    frames
}

fn transparent(frame: &[[u8; 4]]) -> usize {
    frame.iter().filter(|pixel| pixel[3] == 0).count()
}

#[test]
fn what_is_opaque_stays_so_in_a_gif_whatever_its_colour() {
    for frame in frames_as_gif("gif-black-becomes-hole.gif", Some(64)) {
        assert_eq!(transparent(&frame), 4, "the corners");
    }
}

#[test]
fn what_a_frame_clears_is_transparent_in_a_gif() {
    let frames = frames_as_gif("webp-animation-cleared-area.webp", None);
    let width = metadata_of(&file("webp-animation-cleared-area.webp")).width as usize;
    assert_eq!(frames[2][15 * width + 15][3], 0);
}
