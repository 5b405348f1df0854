//! Which part of a picture draws the eye.

use std::ops::RangeInclusive;

use super::raster::Raster;
use super::size::Size;

/// Red, green and blue of skin as a direction: that of light and of dark skin differs in length alone.
const SKIN: [f64; 3] = [0.735, 0.537, 0.415];
/// How far from it a direction may be.
const SKIN_DISTANCE_MAX: f64 = 0.2;
const SKIN_LIGHT: RangeInclusive<f64> = 0.2..=0.95;
const SKIN_WEIGHT: f64 = 0.3;

/// Where to put a window of `window`'s size, so that most of what draws the eye is seen through it: shares
/// of the room that it has from left to right and from top to bottom. In the middle if nothing does.
///
/// `sample` is a small upright picture with an alpha channel; `window` is at most as large.
pub fn place(sample: &Raster, window: Size) -> (f64, f64) {
    let scores = scores(sample);
    let width = sample.width as usize;
    let mut columns = vec![0.0; width];
    let mut rows = vec![0.0; sample.height as usize];
    for (row, scores) in rows.iter_mut().zip(scores.chunks_exact(width)) {
        for (column, score) in columns.iter_mut().zip(scores) {
            *column += score;
            *row += score;
        }
    }
    (best_share(&columns, window.width as usize), best_share(&rows, window.height as usize))
}

/// The place of the window, of those along one side, that holds most; of equals, the middle one.
fn best_share(scores: &[f64], window: usize) -> f64 {
    let room = scores.len().saturating_sub(window);
    if room == 0 {
        return 0.5;
    }
    let mut held: f64 = scores[..window].iter().sum();
    let mut best = Vec::with_capacity(room + 1);
    best.push(held);
    for start in 0..room {
        held += scores[start + window] - scores[start];
        best.push(held);
    }
    let most = best.iter().copied().fold(0.0, f64::max);
    // Sums of rounded numbers that are equal in truth differ in their last places.
    let nearly = most * (1.0 - 1e-9) - 1e-9;
    let starts: Vec<usize> = (0..=room).filter(|start| best[*start] >= nearly).collect();
    starts[starts.len() / 2] as f64 / room as f64
}

/// How much each pixel draws the eye: by a colour unlike the picture's mean, by detail, and as skin.
fn scores(sample: &Raster) -> Vec<f64> {
    let (width, height) = (sample.width as usize, sample.height as usize);
    let pixels: Vec<Seen> = sample.pixels.as_chunks().0.iter().map(Seen::new).collect();
    let visible: f64 = pixels.iter().map(|pixel| pixel.alpha).sum();
    let mean = [0, 1, 2].map(|axis| {
        let sum: f64 = pixels.iter().map(|pixel| pixel.colour[axis] * pixel.alpha).sum();
        sum / visible.max(1.0)
    });

    let mut scores = Vec::with_capacity(pixels.len());
    for y in 0..height {
        for x in 0..width {
            let at = |x: usize, y: usize| &pixels[y.min(height - 1) * width + x.min(width - 1)];
            let pixel = at(x, y);
            let around = [at(x.saturating_sub(1), y), at(x + 1, y), at(x, y.saturating_sub(1)), at(x, y + 1)];
            let steps = around.map(|other| other.alpha * (pixel.colour[0] - other.colour[0]));
            let detail = steps.iter().sum::<f64>().abs() / 4.0;
            let contrast = distance(pixel.colour, mean);
            scores.push(pixel.alpha * (contrast + detail + SKIN_WEIGHT * pixel.skin));
        }
    }
    scores
}

/// A pixel as numbers of 0 to 1.
struct Seen {
    /// Lightness, and how blue and how red it is.
    colour: [f64; 3],
    alpha: f64,
    skin: f64,
}

impl Seen {
    fn new(pixel: &[u8; 4]) -> Self {
        let [red, green, blue, alpha] = pixel.map(|channel| f64::from(channel) / 255.0);
        let light = 0.299 * red + 0.587 * green + 0.114 * blue;
        let length = distance([red, green, blue], [0.0; 3]);
        let hue = [red, green, blue].map(|channel| channel / length.max(f64::EPSILON));
        let likeness = 1.0 - distance(hue, SKIN) / SKIN_DISTANCE_MAX;
        let skin = if SKIN_LIGHT.contains(&light) { likeness.max(0.0) } else { 0.0 };
        Self { colour: [light, blue - light, red - light], alpha, skin }
    }
}

fn distance(one: [f64; 3], other: [f64; 3]) -> f64 {
    one.iter().zip(other).map(|(one, other)| (one - other) * (one - other)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Size = Size { width: 20, height: 20 };

    fn sample(colour: impl Fn(u32, u32) -> [u8; 3]) -> Raster {
        let mut raster = Raster::filled(Size { width: 60, height: 40 }, [0, 0, 0, 255]);
        for (at, pixel) in raster.pixels.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let [red, green, blue] = colour(at as u32 % 60, at as u32 / 60);
            *pixel = [red, green, blue, 255];
        }
        raster
    }

    #[test]
    fn a_plain_picture_is_seen_in_its_middle() {
        assert_eq!(place(&sample(|_, _| [90, 120, 200]), WINDOW), (0.5, 0.5));
        assert_eq!(place(&sample(|_, _| [0; 3]), Size { width: 60, height: 40 }), (0.5, 0.5));
    }

    #[test]
    fn a_spot_of_another_colour_is_seen() {
        let spot = |x: u32, y: u32| x >= 48 && (4..14).contains(&y);
        let (x, y) = place(&sample(|x, y| if spot(x, y) { [230, 60, 30] } else { [90, 120, 200] }), WINDOW);
        assert!(x > 0.8 && y < 0.25, "{x} {y}");
    }

    #[test]
    fn detail_is_seen_before_a_plain_ground() {
        let texture = |x: u32, y: u32| if (x + y).is_multiple_of(2) { [60; 3] } else { [200; 3] };
        let (x, _) = place(&sample(|x, y| if x < 20 { texture(x, y) } else { [130; 3] }), WINDOW);
        assert!(x < 0.05, "{x}");
    }

    #[test]
    fn skin_is_seen_before_another_colour_of_the_same_strength() {
        let skin = [199, 145, 112];
        let other = [112, 145, 199];
        let colour = |x: u32, _| match x {
            5..15 => skin,
            45..55 => other,
            _ => [155, 145, 155],
        };
        let (x, _) = place(&sample(colour), WINDOW);
        assert!(x < 0.4, "{x}");
    }

    #[test]
    fn what_is_transparent_is_not_seen() {
        let mut sample = sample(|x, _| if x < 15 { [255, 0, 0] } else { [90, 120, 200] });
        for pixel in sample.pixels.as_chunks_mut::<4>().0 {
            if pixel[0] == 255 {
                pixel[3] = 0;
            }
        }
        let (x, _) = place(&sample, WINDOW);
        assert!(x > 0.3, "{x}");
    }
}
