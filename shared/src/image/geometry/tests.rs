use super::*;

const SOURCE: Size = Size { width: 1000, height: 600 };

fn plan(source: Size, width: u32, height: u32, fit: Fit) -> Plan {
    let transform =
        Transform { width: Some(width), height: Some(height), fit: Some(fit), ..Transform::default() };
    Plan::new(source, &transform, 16_384)
}

fn size(width: u32, height: u32) -> Size {
    Size { width, height }
}

#[test]
fn cover_fills_the_target_with_the_middle_of_the_source() {
    let plan = plan(SOURCE, 200, 200, Fit::Cover);
    assert_eq!(plan, Plan { crop: (600.0, 600.0), picture: size(200, 200), canvas: size(200, 200) });
}

#[test]
fn cover_of_a_larger_target_keeps_the_ratio_of_the_target() {
    let plan = plan(SOURCE, 4000, 1000, Fit::Cover);
    assert_eq!(plan, Plan { crop: (1000.0, 250.0), picture: size(1000, 250), canvas: size(1000, 250) });
}

#[test]
fn contain_keeps_the_whole_source_on_the_whole_target() {
    let plan = plan(SOURCE, 200, 200, Fit::Contain);
    assert_eq!(plan, Plan { crop: (1000.0, 600.0), picture: size(200, 120), canvas: size(200, 200) });
}

#[test]
fn contain_of_a_larger_target_puts_the_source_unscaled_on_the_smallest_such_box() {
    let plan = plan(SOURCE, 4000, 4000, Fit::Contain);
    assert_eq!(plan, Plan { crop: (1000.0, 600.0), picture: SOURCE, canvas: size(1000, 1000) });
}

#[test]
fn inside_keeps_the_ratio_and_never_enlarges() {
    assert_eq!(plan(SOURCE, 500, 500, Fit::Inside).canvas, size(500, 300));
    assert_eq!(plan(SOURCE, 5000, 5000, Fit::Inside).canvas, SOURCE);
}

#[test]
fn fill_squeezes_each_side_on_its_own_and_never_enlarges() {
    assert_eq!(plan(SOURCE, 300, 300, Fit::Fill).canvas, size(300, 300));
    assert_eq!(plan(SOURCE, 300, 3000, Fit::Fill).canvas, size(300, 600));
}

#[test]
fn a_missing_side_follows_the_ratio() {
    let transform = Transform { width: Some(100), fit: Some(Fit::Fill), ..Transform::default() };
    assert_eq!(Plan::new(SOURCE, &transform, 16_384).canvas, size(100, 60));
}

#[test]
fn a_thin_source_keeps_at_least_one_pixel() {
    assert_eq!(plan(size(16_384, 1), 100, 100, Fit::Inside).canvas, size(100, 1));
    assert_eq!(plan(size(16_384, 1), 100, 100, Fit::Cover).canvas, size(1, 1));
}

#[test]
fn a_side_that_the_format_cannot_hold_is_reduced() {
    assert_eq!(Plan::new(size(16_384, 8), &Transform::default(), 16_383).canvas, size(16_383, 8));
}

#[test]
fn enlarging_fills_the_target_in_every_fit() {
    let plan = |width: Option<u32>, height: Option<u32>, fit| {
        let transform = Transform { width, height, fit, enlarge: Some(true), ..Transform::default() };
        Plan::new(SOURCE, &transform, 16_384)
    };
    let (width, height) = (Some(4000), Some(1200));
    let cover = plan(width, height, Some(Fit::Cover));
    assert_eq!(cover, Plan { crop: (1000.0, 300.0), picture: size(4000, 1200), canvas: size(4000, 1200) });
    let contain = plan(width, height, Some(Fit::Contain));
    assert_eq!(contain, Plan { crop: (1000.0, 600.0), picture: size(2000, 1200), canvas: size(4000, 1200) });
    assert_eq!(plan(width, height, Some(Fit::Inside)).canvas, size(2000, 1200));
    assert_eq!(plan(width, height, Some(Fit::Fill)).picture, size(4000, 1200));
    assert_eq!(plan(width, None, None).canvas, size(4000, 2400));
    assert_eq!(plan(None, height, None).canvas, size(2000, 1200));
    assert_eq!(plan(Some(500), None, None).canvas, size(500, 300));
}

#[test]
fn enlarging_stays_within_the_bounds_of_sides_and_pixels() {
    for source in [size(1, 1), size(1, 16_384), size(16_384, 3), size(700, 699), size(8192, 6000)] {
        for (width, height) in [(Some(8192), None), (None, Some(8192)), (Some(8192), Some(6103))] {
            let transform = Transform {
                width,
                height,
                fit: Some(Fit::Inside),
                enlarge: Some(true),
                ..Transform::default()
            };
            let canvas = Plan::new(source, &transform, 16_384).canvas;
            assert!(canvas.width >= 1 && canvas.height >= 1, "{source:?} {canvas:?}");
            assert!(canvas.width.max(canvas.height) <= TARGET_SIDE_PX_MAX, "{source:?} {canvas:?}");
            assert!(canvas.pixels() as u64 <= PIXELS_MAX, "{source:?} {canvas:?}");
        }
    }
}

#[test]
fn every_plan_stays_within_the_source_and_the_target() {
    let sides = [1, 2, 3, 7, 99, 100, 101, 640, 8191, 8192, 16_384];
    for fit in [Fit::Cover, Fit::Contain, Fit::Inside, Fit::Fill] {
        for (source_width, source_height) in sides.iter().flat_map(|w| sides.map(|h| (*w, h))) {
            for (width, height) in sides.iter().flat_map(|w| sides.map(|h| (*w, h))) {
                let plan = plan(size(source_width, source_height), width, height, fit);
                assert!(plan.crop.0 > 0.0 && plan.crop.0 <= f64::from(source_width), "{plan:?}");
                assert!(plan.crop.1 > 0.0 && plan.crop.1 <= f64::from(source_height), "{plan:?}");
                assert!(f64::from(plan.picture.width) <= plan.crop.0.ceil(), "{fit:?} {plan:?}");
                assert!(f64::from(plan.picture.height) <= plan.crop.1.ceil(), "{fit:?} {plan:?}");
                assert!(plan.picture.width >= 1 && plan.picture.height >= 1, "{plan:?}");
                assert!(plan.picture.width <= plan.canvas.width, "{plan:?}");
                assert!(plan.picture.height <= plan.canvas.height, "{plan:?}");
                assert!(plan.canvas.width <= width && plan.canvas.height <= height, "{fit:?} {plan:?}");
            }
        }
    }
}
