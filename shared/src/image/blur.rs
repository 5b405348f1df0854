//! A Gaussian blur in time that does not depend on its strength.

use super::raster::{Channels, Raster};

/// Averages over boxes, one after the other, that come near a Gaussian.
const PASSES: u32 = 3;
/// Quotients are computed in this many binary places.
const PLACES: u32 = 24;

/// Blurs a picture by `sigma`, a standard deviation in pixels. Beyond its edges it goes on as it ends there.
///
/// Colours count as much as they are seen, so that those of transparent pixels do not bleed.
pub fn blur(mut raster: Raster, sigma: u32) -> Raster {
    match raster.channels {
        Channels::Rgb => blur_channels::<3>(&mut raster, sigma),
        Channels::Rgba => {
            for [colour @ .., alpha] in raster.pixels.as_chunks_mut::<4>().0 {
                *colour = colour.map(|channel| ((u32::from(channel) * u32::from(*alpha) + 127) / 255) as u8);
            }
            blur_channels::<4>(&mut raster, sigma);
            for [colour @ .., alpha] in raster.pixels.as_chunks_mut::<4>().0 {
                let alpha = u32::from(*alpha).max(1);
                *colour =
                    colour.map(|channel| ((u32::from(channel) * 255 + alpha / 2) / alpha).min(255) as u8);
            }
        }
    }
    raster
}

fn blur_channels<const N: usize>(raster: &mut Raster, sigma: u32) {
    let row_bytes = raster.row_bytes();
    let mut line = Vec::with_capacity(raster.width as usize);
    let mut across = vec![0; raster.pixels.len()];
    for radius in radii(sigma) {
        for row in raster.pixels.chunks_exact_mut(row_bytes) {
            average_row(row.as_chunks_mut::<N>().0, &mut line, radius);
        }
        average_columns(&raster.pixels, &mut across, row_bytes, radius);
        std::mem::swap(&mut raster.pixels, &mut across);
    }
}

/// The boxes' radii, whose variances add up to the Gaussian's as nearly as whole numbers can.
fn radii(sigma: u32) -> [usize; PASSES as usize] {
    let variance = 12 * sigma * sigma;
    let ideal = f64::from(variance / PASSES + 1).sqrt() as u32;
    let narrow = ideal - u32::from(ideal.is_multiple_of(2));
    let sum = |narrow_count: u32| {
        let wide = narrow + 2;
        narrow_count * (narrow * narrow - 1) + (PASSES - narrow_count) * (wide * wide - 1)
    };
    let narrow_count = (0..=PASSES).min_by_key(|count| sum(*count).abs_diff(variance)).unwrap_or(PASSES);
    std::array::from_fn(|pass| (narrow / 2 + u32::from(pass as u32 >= narrow_count)) as usize)
}

/// Sums divided by the width of a box of this radius.
fn averager(radius: usize) -> impl Fn(u32) -> u8 {
    let reciprocal = (1 << PLACES) / (2 * radius as u32 + 1);
    move |sum| ((sum * reciprocal + (1 << (PLACES - 1))) >> PLACES) as u8
}

fn average_row<const N: usize>(row: &mut [[u8; N]], line: &mut Vec<[u8; N]>, radius: usize) {
    line.clear();
    line.extend_from_slice(row);
    let average = averager(radius);
    let last = line.len() - 1;
    let (left_edge, right_edge) = (line[0], line[last]);
    let mut sums = left_edge.map(|channel| u32::from(channel) * radius as u32);
    for x in 0..=radius {
        add(&mut sums, &line[x.min(last)]);
    }
    for (x, pixel) in row.iter_mut().enumerate() {
        *pixel = sums.map(&average);
        add(&mut sums, line.get(x + radius + 1).unwrap_or(&right_edge));
        let leaving = x.checked_sub(radius).map_or(&left_edge, |x| &line[x]);
        for (sum, channel) in sums.iter_mut().zip(leaving) {
            *sum -= u32::from(*channel);
        }
    }
}

fn average_columns(pixels: &[u8], averages: &mut [u8], row_bytes: usize, radius: usize) {
    let average = averager(radius);
    let last = pixels.len() / row_bytes - 1;
    let row = |y: usize| &pixels[y.min(last) * row_bytes..][..row_bytes];
    let mut sums: Vec<u32> = row(0).iter().map(|channel| u32::from(*channel) * radius as u32).collect();
    for y in 0..=radius {
        add(&mut sums, row(y));
    }
    for (y, averages) in averages.chunks_exact_mut(row_bytes).enumerate() {
        let (entering, leaving) = (row(y + radius + 1), row(y.saturating_sub(radius)));
        for (((average_of, sum), entering), leaving) in
            averages.iter_mut().zip(&mut sums).zip(entering).zip(leaving)
        {
            *average_of = average(*sum);
            *sum = *sum + u32::from(*entering) - u32::from(*leaving);
        }
    }
}

fn add(sums: &mut [u32], channels: &[u8]) {
    for (sum, channel) in sums.iter_mut().zip(channels) {
        *sum += u32::from(*channel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::size::Size;

    #[test]
    fn the_boxes_have_the_variance_of_the_gaussian() {
        for sigma in 1..=100 {
            let boxes = radii(sigma).map(|radius| 2.0 * radius as f64 + 1.0);
            let variance: f64 = boxes.iter().map(|width| (width * width - 1.0) / 12.0).sum();
            let relative = variance.sqrt() / f64::from(sigma);
            assert!((0.84..1.16).contains(&relative), "{sigma}: {boxes:?}");
        }
    }

    #[test]
    fn a_plain_picture_stays_as_it_is_however_small() {
        for (width, height) in [(1, 1), (1, 9), (9, 1), (30, 20)] {
            for colour in [[0, 7, 255, 255], [9, 200, 128, 100]] {
                let plain = Raster::filled(Size { width, height }, colour);
                let blurred = blur(plain.clone(), 100);
                let near = blurred.pixels.iter().zip(&plain.pixels).all(|(a, b)| a.abs_diff(*b) <= 1);
                assert!(near, "{width} × {height} of {colour:?}: {:?}", &blurred.pixels[..4]);
            }
        }
    }

    #[test]
    fn a_point_becomes_a_round_spot_that_weighs_the_same() {
        let mut raster = Raster::filled(Size { width: 41, height: 41 }, [0, 0, 0, 255]).without_idle_alpha();
        for y in 19..22 {
            raster.pixels[(y * 41 + 19) * 3..][..9].fill(255);
        }
        let blurred = blur(raster, 3);
        let at = |x: usize, y: usize| u32::from(blurred.pixels[(y * 41 + x) * 3]);
        let weight: u32 = (0..41 * 41).map(|at| u32::from(blurred.pixels[at * 3])).sum();
        assert!(weight.abs_diff(9 * 255) < 9 * 255 / 10, "{weight}");
        assert!(at(20, 20) > at(23, 20) && at(23, 20) > at(27, 20) && at(35, 20) == 0);
        for step in 1..10 {
            assert_eq!(at(20 + step, 20), at(20 - step, 20));
            assert!(at(20 + step, 20).abs_diff(at(20, 20 + step)) <= 1);
        }
    }

    #[test]
    fn colours_of_transparent_pixels_do_not_bleed() {
        let mut raster = Raster::filled(Size { width: 20, height: 1 }, [255, 0, 0, 0]);
        raster.pixels[40..].as_chunks_mut::<4>().0.fill([0, 0, 255, 255]);
        for [red, _, blue, alpha] in blur(raster, 2).pixels.as_chunks::<4>().0 {
            assert!(*alpha < 8 || (*red == 0 && *blue > 230), "{red} {blue} {alpha}");
        }
    }
}
