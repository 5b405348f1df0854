//! The format `auto`: what everybody reads, and beside it what is smaller.

use super::animations::gif_of_all_disposals;
use super::samples::{gif_of, half_transparent, jpeg, png, quarters, webp};
use crate::image::raster::Raster;
use crate::image::{OutputFormat, Rendered, TargetFormat, Transform, decode};

fn made(file: &[u8], transform: Transform) -> Rendered {
    let transform = Transform { format: Some(TargetFormat::Auto), ..transform };
    decode(file).unwrap().render(&transform).unwrap()
}

/// Waves and a little noise, as in a photo: what loses a little makes far smaller files of it.
fn photo(width: u32, height: u32) -> Raster {
    let mut raster = quarters(width, height);
    let mut noise = 1u32;
    for (index, channel) in raster.pixels.iter_mut().enumerate() {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (x, y) = (index / 3 % width as usize, index / 3 / width as usize);
        let wave = 60.0 * ((x as f64 / 9.0).sin() + (y as f64 / 7.0).cos());
        *channel = (128.0 + wave + f64::from(noise >> 29)) as u8;
    }
    raster
}

#[test]
fn everybody_reads_what_comes_first() {
    let opaque = quarters(40, 30);
    for (file, format) in [
        (jpeg(&opaque), OutputFormat::Jpeg),
        (png(&opaque), OutputFormat::Png),
        (webp(&opaque), OutputFormat::Jpeg),
        (webp(&half_transparent(40, 30)), OutputFormat::Png),
        (gif_of(&opaque, 2), OutputFormat::Png),
    ] {
        let made = made(&file, Transform::default());
        assert_eq!((made.format, made.width, made.height), (format, 40, 30));
    }
}

#[test]
fn what_comes_beside_it_is_smaller_the_smallest_first() {
    let made = made(&png(&photo(64, 48)), Transform::default());
    let formats: Vec<_> = made.alternatives.iter().map(|other| other.format).collect();
    assert!(formats.contains(&OutputFormat::Avif) && formats.contains(&OutputFormat::WebP), "{formats:?}");
    let sizes: Vec<_> = made.alternatives.iter().map(|other| other.bytes.len()).collect();
    assert!(sizes.is_sorted() && sizes.iter().all(|size| *size < made.bytes.len()), "{sizes:?}");
}

/// An AVIF has a large head.
#[test]
fn what_would_be_larger_is_left_out() {
    let made = made(&png(&quarters(1, 1)), Transform::default());
    assert!(made.alternatives.iter().all(|other| other.format != OutputFormat::Avif));
}

#[test]
fn an_alternative_is_the_same_as_if_it_had_been_asked_for() {
    let file = png(&photo(64, 48));
    let auto = made(&file, Transform { width: Some(32), ..Transform::default() });
    for other in auto.alternatives {
        let transform =
            Transform { width: Some(32), format: Some(other.format.into()), ..Transform::default() };
        assert_eq!(decode(&file).unwrap().render(&transform).unwrap().bytes, other.bytes);
    }
}

#[test]
fn a_picture_that_a_format_cannot_hold_in_its_size_is_not_made_in_it() {
    let made = made(&png(&photo(2049, 2048)), Transform::default());
    assert_eq!((made.width, made.height), (2049, 2048));
    assert_eq!(made.alternatives.iter().map(|other| other.format).collect::<Vec<_>>(), [OutputFormat::WebP]);
}

#[test]
fn an_animation_is_kept_in_what_everybody_reads_and_in_webp() {
    let animated = Transform { animated: Some(true), ..Transform::default() };
    let made = made(&gif_of_all_disposals(), animated);
    assert_eq!(made.format, OutputFormat::Gif);
    // A GIF this small may have no smaller WebP; what there is has all frames.
    assert!(made.alternatives.iter().all(|other| other.format == OutputFormat::WebP));
    assert!(made.alternatives.iter().all(|other| decode(&other.bytes).unwrap().animation.is_some()));
}
