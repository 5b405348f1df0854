use jpeg_encoder::{ColorType, Encoder};
use moxcms::{ColorProfile, DataColorSpace};

use super::samples::{assert_near, jpeg_with, pixel, quarters, riff_chunk, webp, webp_of};
use crate::image::profile::{Inks, Profile};
use crate::image::raster::Raster;
use crate::image::size::Size;
use crate::image::{OutputFormat, TargetFormat, Transform, decode};

/// The same numbers as sRGB and as Display P3: P3's green is wider, so that sRGB must say it stronger.
const P3: [u8; 3] = [100, 180, 100];
const AS_SRGB: [u8; 3] = [65, 182, 90];

fn plain(colour: [u8; 3]) -> Raster {
    let mut raster = quarters(32, 24);
    raster.pixels = vec![colour; 32 * 24].into_flattened();
    raster
}

fn display_p3() -> Vec<u8> {
    ColorProfile::new_display_p3().encode().unwrap()
}

#[test]
fn a_profile_in_a_jpeg_is_converted_to_srgb() {
    let bytes = jpeg_with(&plain(P3), |encoder| encoder.add_icc_profile(&display_p3()).unwrap());
    let picture = decode(&bytes).unwrap();
    assert_near(&pixel(&picture, 9, 9), &AS_SRGB, 4);
    assert_eq!(picture.facts().unwrap().dominant_color.len(), 7);
    let transform = Transform { width: Some(10), format: Some(TargetFormat::WebP), ..Transform::default() };
    let made = picture.render(&transform).unwrap();
    assert_near(&pixel(&decode(&made.bytes).unwrap(), 5, 5), &AS_SRGB, 6);
}

#[test]
fn a_profile_in_a_webp_is_converted_to_srgb() {
    let still = webp(&plain(P3))[12..].to_vec();
    let size = Size { width: 32, height: 24 };
    let bytes = webp_of(size, 0x20, &[riff_chunk(b"ICCP", &display_p3()), still]);
    assert_near(&pixel(&decode(&bytes).unwrap(), 9, 9), &AS_SRGB, 5);
}

#[test]
fn a_profile_in_a_png_is_converted_to_srgb() {
    let mut info = png::Info::with_size(32, 24);
    info.color_type = png::ColorType::Rgb;
    info.bit_depth = png::BitDepth::Eight;
    info.icc_profile = Some(display_p3().into());
    let mut bytes = Vec::new();
    let mut writer = png::Encoder::with_info(&mut bytes, info).unwrap().write_header().unwrap();
    writer.write_image_data(&plain(P3).pixels).unwrap();
    writer.finish().unwrap();
    assert_near(&pixel(&decode(&bytes).unwrap(), 9, 9), &AS_SRGB, 2);
}

#[test]
fn a_broken_profile_or_one_for_other_inks_is_ignored() {
    let broken = vec![7; 500];
    let grey = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
    let mut cut = display_p3();
    cut.truncate(200);
    for profile in [broken, grey, cut] {
        let bytes = jpeg_with(&plain(P3), |encoder| encoder.add_icc_profile(&profile).unwrap());
        assert_near(&pixel(&decode(&bytes).unwrap(), 9, 9), &P3, 4);
    }
}

#[test]
fn a_grey_profile_is_converted_to_srgb() {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 95);
    encoder.add_icc_profile(&ColorProfile::new_gray_with_gamma(1.0).encode().unwrap()).unwrap();
    encoder.encode(&[55; 16 * 16], 16, 16, ColorType::Luma).unwrap();
    // Linear 55 of 255 is a light of 0.216, which sRGB writes as 128.
    assert_near(&pixel(&decode(&bytes).unwrap(), 5, 5), &[128, 128, 128, 255], 3);
}

/// Inks and the light that they leave, by the plain formula.
const INKS: [u8; 4] = [200, 100, 20, 50];
const INKS_AS_SRGB: [u8; 4] = [44, 125, 189, 255];

#[test]
fn inks_become_colours() {
    for color_type in [ColorType::Cmyk, ColorType::CmykAsYcck] {
        let mut bytes = Vec::new();
        let pixels = vec![INKS; 16 * 16].into_flattened();
        Encoder::new(&mut bytes, 95).encode(&pixels, 16, 16, color_type).unwrap();
        assert_near(&pixel(&decode(&bytes).unwrap(), 5, 5), &INKS_AS_SRGB, 4);
    }
}

#[test]
fn inks_with_a_profile_that_is_of_no_use_become_colours_too() {
    let mut profile = ColorProfile::new_srgb();
    profile.color_space = DataColorSpace::Cmyk;
    let profile = profile.encode().unwrap();
    assert!(Profile::parse(&profile, Inks::Cmyk).is_some());
    for color_type in [ColorType::Cmyk, ColorType::CmykAsYcck] {
        let mut bytes = Vec::new();
        let pixels = vec![INKS; 16 * 16].into_flattened();
        let mut encoder = Encoder::new(&mut bytes, 95);
        encoder.add_icc_profile(&profile).unwrap();
        encoder.encode(&pixels, 16, 16, color_type).unwrap();
        assert_near(&pixel(&decode(&bytes).unwrap(), 5, 5), &INKS_AS_SRGB, 4);
    }
}

#[test]
fn metadata_is_dropped() {
    let bytes = jpeg_with(&plain(P3), |encoder| {
        encoder.add_icc_profile(&display_p3()).unwrap();
        encoder.add_app_segment(1, b"Exif\0\0secret place".to_vec()).unwrap();
    });
    let picture = decode(&bytes).unwrap();
    for format in [OutputFormat::Jpeg, OutputFormat::Png, OutputFormat::WebP] {
        let made =
            picture.render(&Transform { format: Some(format.into()), ..Transform::default() }).unwrap();
        for forbidden in [b"secret".as_slice(), b"ICC_PROFILE", b"iCCP", b"ICCP", b"EXIF"] {
            assert!(!made.bytes.windows(forbidden.len()).any(|window| window == forbidden));
        }
    }
}
