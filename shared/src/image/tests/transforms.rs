use super::samples::{
    BLUE, GREEN, RED, YELLOW, assert_near, file, half_transparent, pixel, png, quarters, turned_jpeg, upright,
};
use crate::image::raster::Raster;
use crate::image::size::Size;
use crate::image::{Fit, Gravity, Picture, SourceFormat, TargetFormat, Transform, decode};

const POINTS: [Gravity; 9] = [
    Gravity::NorthWest,
    Gravity::North,
    Gravity::NorthEast,
    Gravity::West,
    Gravity::Center,
    Gravity::East,
    Gravity::SouthWest,
    Gravity::South,
    Gravity::SouthEast,
];

fn made(picture: &Picture, transform: Transform) -> Picture {
    let transform = Transform { format: Some(TargetFormat::Png), ..transform };
    let rendered = picture.render(&transform).unwrap();
    let made = decode(&rendered.bytes).unwrap();
    assert_eq!((made.width(), made.height()), (rendered.width, rendered.height));
    made
}

fn square(side: u32, gravity: Gravity) -> Transform {
    Transform { width: Some(side), height: Some(side), gravity: Some(gravity), ..Transform::default() }
}

#[track_caller]
fn assert_corners(picture: &Picture, expected: [[u8; 3]; 4]) {
    let (right, bottom) = (picture.width() - 2, picture.height() - 2);
    for ((x, y), expected) in [(1, 1), (right, 1), (1, bottom), (right, bottom)].into_iter().zip(expected) {
        assert_near(&pixel(picture, x, y), &expected, 12);
    }
}

/// Each third of the longer side has a colour of its own.
fn thirds(width: u32, height: u32) -> Raster {
    let mut raster = quarters(width, height);
    for (at, pixel) in raster.pixels.as_chunks_mut::<3>().0.iter_mut().enumerate() {
        let (x, y) = (at as u32 % width, at as u32 / width);
        let third = if width > height { x * 3 / width } else { y * 3 / height };
        *pixel = [RED, GREEN, BLUE][third as usize];
    }
    raster
}

#[test]
fn gravity_names_the_part_that_a_crop_keeps() {
    let wide = decode(&png(&thirds(90, 30))).unwrap();
    let tall = decode(&png(&thirds(30, 90))).unwrap();
    for side in [30, 20] {
        for (index, gravity) in POINTS.into_iter().enumerate() {
            let across = [RED, GREEN, BLUE][index % 3];
            let down = [RED, GREEN, BLUE][index / 3];
            assert_corners(&made(&wide, square(side, gravity)), [across; 4]);
            assert_corners(&made(&tall, square(side, gravity)), [down; 4]);
        }
    }
}

#[test]
fn gravity_is_seen_upright_whatever_the_orientation() {
    // Stored with each orientation, the quarters' left or upper half is another pair of colours.
    for (orientation, expected) in super::orientations::UPRIGHT {
        let picture = decode(&turned_jpeg(orientation)).unwrap();
        let size = Size { width: picture.width(), height: picture.height() };
        let is_wide = size.width > size.height;
        let side = 32;
        let first = made(&picture, square(side, if is_wide { Gravity::West } else { Gravity::North }));
        let last = made(&picture, square(side, if is_wide { Gravity::East } else { Gravity::South }));
        let [upper_left, upper_right, lower_left, lower_right] = expected;
        if is_wide {
            assert_corners(&first, [upper_left, upper_left, lower_left, lower_left]);
            assert_corners(&last, [upper_right, upper_right, lower_right, lower_right]);
        } else {
            assert_corners(&first, [upper_left, upper_right, upper_left, upper_right]);
            assert_corners(&last, [lower_left, lower_right, lower_left, lower_right]);
        }
    }
}

#[test]
fn the_salient_part_is_found_whatever_the_orientation() {
    // A ground of one colour with a spot where the stored picture's left end is.
    let mut raster = quarters(96, 32);
    for (at, pixel) in raster.pixels.as_chunks_mut::<3>().0.iter_mut().enumerate() {
        let (x, y) = (at % 96, at / 96);
        *pixel = if (6..26).contains(&x) && (6..26).contains(&y) { RED } else { [150, 160, 150] };
    }
    for orientation in 1..=8 {
        let picture = decode(&super::samples::with_orientation(&raster, orientation)).unwrap();
        let found = upright(&made(&picture, square(32, Gravity::Salient)));
        let red = found.pixels.as_chunks::<4>().0.iter().filter(|pixel| pixel[0] > 190 && pixel[1] < 60);
        assert!(red.count() > 330, "orientation {orientation}");
    }
}

#[test]
fn rotation_is_clockwise_and_follows_the_orientation() {
    let turned = |quarters: [[u8; 3]; 4], angle| match angle {
        90 => [quarters[2], quarters[0], quarters[3], quarters[1]],
        180 => [quarters[3], quarters[2], quarters[1], quarters[0]],
        270 => [quarters[1], quarters[3], quarters[0], quarters[2]],
        _ => quarters,
    };
    for (orientation, upright) in super::orientations::UPRIGHT {
        let picture = decode(&turned_jpeg(orientation)).unwrap();
        for angle in [0, 90, 180, 270] {
            let made = made(&picture, Transform { rotate: Some(angle), ..Transform::default() });
            let size = if angle % 180 == 0 {
                (picture.width(), picture.height())
            } else {
                (picture.height(), picture.width())
            };
            assert_eq!((made.width(), made.height()), size);
            assert_corners(&made, turned(upright, angle));
        }
    }
}

#[test]
fn a_rotated_picture_is_cropped_as_it_is_seen() {
    let picture = decode(&png(&thirds(90, 30))).unwrap();
    let transform = Transform { rotate: Some(90), ..square(30, Gravity::South) };
    assert_corners(&made(&picture, transform), [BLUE; 4]);
    let transform = Transform { rotate: Some(270), ..square(30, Gravity::South) };
    assert_corners(&made(&picture, transform), [RED; 4]);
}

/// The quarters, 40 by 20, on a ground of one colour: 7 pixels left, 11 right, 3 above, 5 below.
fn framed(colour: [u8; 4]) -> Raster {
    let mut raster = Raster::filled(Size { width: 58, height: 28 }, colour);
    raster.place(quarters(40, 20), 7, 3);
    raster.without_idle_alpha()
}

#[test]
fn a_border_of_one_colour_is_trimmed() {
    let trimmed = |raster: &Raster, tolerance| {
        let transform = Transform { trim: Some(tolerance), ..Transform::default() };
        made(&decode(&png(raster)).unwrap(), transform)
    };
    for colour in [[255, 255, 255, 255], [12, 12, 12, 255], [90, 0, 0, 0]] {
        let picture = trimmed(&framed(colour), 0);
        assert_eq!((picture.width(), picture.height()), (40, 20), "{colour:?}");
        assert_corners(&picture, [RED, GREEN, BLUE, YELLOW]);
    }
    let mut uneven = framed([250, 250, 250, 255]);
    uneven.pixels[30 * 3..31 * 3].fill(245);
    let size = |tolerance| {
        let picture = trimmed(&uneven, tolerance);
        (picture.width(), picture.height())
    };
    assert_eq!(size(4), (40, 23));
    assert_eq!(size(5), (40, 20));
}

#[test]
fn a_picture_that_is_all_border_or_none_stays_whole() {
    let transform = Transform { trim: Some(0), ..Transform::default() };
    for raster in [quarters(30, 20), Raster::filled(Size { width: 30, height: 20 }, [7, 7, 7, 255])] {
        let picture = made(&decode(&png(&raster)).unwrap(), transform.clone());
        assert_eq!((picture.width(), picture.height()), (30, 20));
    }
}

#[test]
fn a_trimmed_border_does_not_bleed_into_what_is_left() {
    let mut raster = Raster::filled(Size { width: 300, height: 300 }, [255; 4]);
    raster.place(Raster::filled(Size { width: 100, height: 100 }, [0, 0, 0, 255]), 50, 120);
    let transform = Transform { trim: Some(0), ..square(10, Gravity::Center) };
    let picture = made(&decode(&png(&raster)).unwrap(), transform);
    assert!(upright(&picture).pixels.as_chunks::<4>().0.iter().all(|pixel| pixel[0] == 0));
}

#[test]
fn trimming_reads_the_corner_that_is_seen() {
    // The stored picture's upper right corner alone has a border; turned by 6 it is seen elsewhere.
    let mut raster = quarters(40, 40);
    for row in raster.pixels.chunks_exact_mut(40 * 3) {
        row[30 * 3..].fill(250);
    }
    for (orientation, size) in [(1, (40, 40)), (2, (30, 40)), (8, (40, 30))] {
        let picture = decode(&super::samples::with_orientation(&raster, orientation)).unwrap();
        let made = made(&picture, Transform { trim: Some(40), ..Transform::default() });
        assert_eq!((made.width(), made.height()), size, "orientation {orientation}");
    }
}

#[test]
fn blur_softens_edges_and_nothing_else() {
    for format in super::samples::FORMATS {
        let picture = decode(&file(format, &quarters(80, 80))).unwrap();
        let made = made(&picture, Transform { blur: Some(4), ..Transform::default() });
        assert_near(&pixel(&made, 4, 4), &RED, 16);
        assert_near(&pixel(&made, 75, 75), &YELLOW, 16);
        let edge = pixel(&made, 40, 10);
        assert!((60..190).contains(&edge[0]) && (60..190).contains(&edge[1]), "{edge:?}");
    }
    let transparent = decode(&png(&half_transparent(80, 80))).unwrap();
    let made = made(&transparent, Transform { blur: Some(4), ..Transform::default() });
    let edge = pixel(&made, 10, 40);
    assert!((60..200).contains(&edge[3]) && edge[2] > 200, "{edge:?}");
}

#[test]
fn a_picture_is_enlarged_only_when_asked_to() {
    let picture = decode(&png(&quarters(60, 40))).unwrap();
    let size = |fit, enlarge| {
        let transform =
            Transform { width: Some(90), height: Some(90), fit: Some(fit), enlarge, ..Transform::default() };
        let made = made(&picture, transform);
        assert_near(&pixel(&made, made.width() / 2 - 9, made.height() / 2 - 9), &RED, 12);
        (made.width(), made.height())
    };
    for enlarge in [None, Some(false)] {
        assert_eq!(size(Fit::Cover, enlarge), (40, 40));
        assert_eq!(size(Fit::Inside, enlarge), (60, 40));
    }
    assert_eq!(size(Fit::Cover, Some(true)), (90, 90));
    assert_eq!(size(Fit::Contain, Some(true)), (90, 90));
    assert_eq!(size(Fit::Inside, Some(true)), (90, 60));
    assert_eq!(size(Fit::Fill, Some(true)), (90, 90));
}

#[test]
fn everything_at_once_comes_out_in_the_size_asked_for() {
    let transform = Transform {
        width: Some(50),
        height: Some(70),
        gravity: Some(Gravity::Salient),
        enlarge: Some(true),
        rotate: Some(90),
        trim: Some(10),
        blur: Some(2),
        ..Transform::default()
    };
    for format in super::samples::FORMATS {
        let picture = decode(&file(format, &framed([255; 4]))).unwrap();
        let made = made(&picture, transform.clone());
        assert_eq!((made.width(), made.height()), (50, 70), "{format}");
    }
    assert_eq!(decode(&turned_jpeg(6)).unwrap().format(), SourceFormat::Jpeg);
}
