//! Pictures that are decoded for smaller ones.

use std::sync::OnceLock;

use jpeg_encoder::SamplingFactor;

use super::samples::{jpeg_with, png, upright, with_orientation};
use crate::image::planes::Plane;
use crate::image::raster::{Channels, Raster};
use crate::image::size::Size;
use crate::image::{Demand, Fit, Gravity, TargetFormat, Transform, decode, decode_for, most_demanding};

/// Slopes of all three colours, and a dark square off its middle.
fn slopes(width: u32, height: u32) -> Raster {
    let pixel = |x: u32, y: u32| {
        let is_square = (width / 2..width * 3 / 4).contains(&x) && (height / 8..height / 3).contains(&y);
        if is_square { [20, 30, 60] } else { [(x * 250 / width) as u8, (y * 250 / height) as u8, 128] }
    };
    let pixels: Vec<[u8; 3]> =
        (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| pixel(x, y)).collect();
    Raster { width, height, channels: Channels::Rgb, pixels: pixels.into_flattened() }
}

fn made(bytes: &[u8], transform: &Transform, reduced: bool) -> Raster {
    let picture = if reduced { decode_for(bytes, &[transform]) } else { decode(bytes) }.unwrap();
    let transform = Transform { format: Some(TargetFormat::Png), ..transform.clone() };
    upright(&decode(&picture.render(&transform).unwrap().bytes).unwrap())
}

#[track_caller]
fn assert_alike(bytes: &[u8], transform: &Transform, what: &str) {
    let (full, reduced) = (made(bytes, transform, false), made(bytes, transform, true));
    assert_near_on_average(&full, &reduced, 1.5, what);
}

#[track_caller]
fn assert_near_on_average(full: &Raster, reduced: &Raster, tolerance: f64, what: &str) {
    assert_eq!(full.size(), reduced.size(), "{what}");
    let differences = full.pixels.iter().zip(&reduced.pixels).map(|(a, b)| u32::from(a.abs_diff(*b)));
    let mean = f64::from(differences.sum::<u32>()) / full.pixels.len() as f64;
    assert!(mean < tolerance, "{what}: {mean}");
}

fn widths() -> impl Iterator<Item = Transform> {
    [7, 30, 61, 100, 190].into_iter().map(|width| Transform { width: Some(width), ..Transform::default() })
}

#[test]
fn what_is_decoded_for_a_smaller_picture_makes_the_same_one() {
    for sampling in [
        SamplingFactor::R_4_4_4,
        SamplingFactor::R_4_2_2,
        SamplingFactor::R_4_2_0,
        SamplingFactor::R_4_4_0,
        SamplingFactor::R_4_1_1,
    ] {
        for progressive in [false, true] {
            let bytes = jpeg_with(&slopes(401, 299), |encoder| {
                encoder.set_sampling_factor(sampling);
                encoder.set_progressive(progressive);
            });
            for transform in widths() {
                assert_alike(
                    &bytes,
                    &transform,
                    &format!("{sampling:?} {progressive} {:?}", transform.width),
                );
            }
        }
    }
}

#[test]
fn a_reduced_picture_is_turned_and_cropped_as_the_whole_one() {
    for orientation in 1..=8 {
        let bytes = with_orientation(&slopes(240, 180), orientation);
        for gravity in [Gravity::Center, Gravity::NorthEast, Gravity::South, Gravity::Salient] {
            let transform = Transform {
                width: Some(20),
                height: Some(24),
                gravity: Some(gravity),
                rotate: Some(90),
                ..Transform::default()
            };
            assert_alike(&bytes, &transform, &format!("{orientation} {gravity:?}"));
        }
    }
}

#[test]
fn samples_of_a_half_are_the_means_of_those_that_they_stand_for() {
    let size = Size { width: 5, height: 3 };
    let samples = vec![0, 4, 8, 12, 100, 0, 4, 8, 12, 104, 7, 8, 0, 0, 30];
    let plane = Plane { size, density: (1.0, 0.5), samples, half: OnceLock::new() };
    assert!(std::ptr::eq(plane.for_reduction(3.9), &raw const plane));
    let half = plane.for_reduction(4.0);
    assert_eq!((half.size.width, half.size.height, half.density), (3, 2, (0.5, 0.25)));
    assert_eq!(half.samples, [2, 10, 102, 8, 0, 30]);
    let quarter = plane.for_reduction(8.0);
    assert_eq!((quarter.size.width, quarter.size.height), (2, 1));
}

#[test]
fn a_thumbnail_beside_a_large_picture_is_the_one_that_all_pixels_make() {
    let bytes = jpeg_with(&slopes(1203, 899), |_| {});
    let page = Transform { width: Some(900), ..Transform::default() };
    for thumbnail in widths() {
        let all = [&thumbnail, &page];
        let demands: Vec<Transform> = most_demanding(all).into_iter().map(Demand::to_transform).collect();
        let picture = decode_for(&bytes, &demands.iter().collect::<Vec<_>>()).unwrap();
        let png = Transform { format: Some(TargetFormat::Png), ..thumbnail.clone() };
        let reduced = upright(&decode(&picture.render(&png).unwrap().bytes).unwrap());
        let full = made(&bytes, &thumbnail, false);
        assert_near_on_average(&full, &reduced, 1.5, &format!("{:?}", thumbnail.width));
    }
}

#[test]
fn a_grey_picture_is_reduced_too() {
    let mut bytes = Vec::new();
    let grey: Vec<u8> = (0..200 * 160u32).map(|at| (at % 200) as u8).collect();
    jpeg_encoder::Encoder::new(&mut bytes, 95)
        .encode(&grey, 200, 160, jpeg_encoder::ColorType::Luma)
        .unwrap();
    for transform in widths() {
        assert_alike(&bytes, &transform, &format!("{:?}", transform.width));
    }
}

#[test]
fn what_was_decoded_for_some_transforms_serves_smaller_ones_alone() {
    let bytes = jpeg_with(&slopes(400, 300), |_| {});
    let to = |width| Transform { width: Some(width), ..Transform::default() };
    let picture = decode_for(&bytes, &[&to(10), &to(100)]).unwrap();
    assert_eq!((picture.width(), picture.height()), (400, 300));
    for (transform, serves) in [
        (to(100), true),
        (to(50), true),
        (to(399), false),
        (Transform::default(), false),
        (Transform { trim: Some(8), ..to(50) }, false),
        (Transform { fit: Some(Fit::Cover), height: Some(300), ..to(50) }, false),
    ] {
        assert_eq!(picture.serves(&transform), serves, "{transform:?}");
        assert_eq!(picture.render(&transform).is_ok(), serves, "{transform:?}");
        assert!(decode(&bytes).unwrap().serves(&transform));
    }
}

#[test]
fn what_is_known_of_a_picture_does_not_depend_on_what_it_was_decoded_for() {
    let bytes = jpeg_with(&slopes(400, 300), |_| {});
    let (whole, none) = (decode(&bytes).unwrap(), decode_for(&bytes, &[]).unwrap());
    let (whole, none) = (whole.facts().unwrap(), none.facts().unwrap());
    assert_eq!((whole.width, whole.height), (none.width, none.height));
    let colour = |text: &str| u32::from_str_radix(&text[1..], 16).unwrap().to_be_bytes();
    super::samples::assert_near(&colour(&whole.dominant_color), &colour(&none.dominant_color), 4);
    // Only a JPEG is stored in planes.
    assert!(decode_for(&png(&slopes(40, 30)), &[]).unwrap().serves(&Transform::default()));
}
