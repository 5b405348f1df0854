use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::Picture;
use super::error::Error;
use super::format::SourceFormat;
use super::region::Region;
use super::view::View;

/// The size that colours are counted at, in pixels a side; ThumbHash takes no more.
const SAMPLE_SIDE_PX: u32 = 100;
/// Each channel is counted in this many steps.
const STEPS: usize = 16;
const OPAQUE_FROM: u8 = 128;

/// The facts that an interface needs of a picture before it loads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// By the file's bytes, whatever it was called. Facts from before it was kept have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<SourceFormat>,
    /// In pixels, seen upright.
    pub width: u32,
    /// In pixels, seen upright.
    pub height: u32,
    /// `#rrggbb`: the most frequent colour, and white for a picture without a visible pixel.
    pub dominant_color: String,
    /// A ThumbHash, about 25 bytes, in base64.
    pub thumbhash: String,
}

impl Picture {
    pub fn facts(&self) -> Result<Facts, Error> {
        let view = View { region: Region::whole(self.stored.size()), orientation: self.orientation };
        let sample = self.sample(view, SAMPLE_SIDE_PX)?;
        let (width, height) = (sample.width as usize, sample.height as usize);
        let [red, green, blue] = dominant_colour(sample.pixels.as_chunks().0);
        Ok(Facts {
            format: Some(self.format),
            width: self.width(),
            height: self.height(),
            dominant_color: format!("#{red:02x}{green:02x}{blue:02x}"),
            thumbhash: STANDARD.encode(thumbhash::rgba_to_thumb_hash(width, height, &sample.pixels)),
        })
    }
}

/// The mean of the colours in and around the fullest cell of a histogram: near shades count together,
/// even where a cell's border runs between them.
fn dominant_colour(pixels: &[[u8; 4]]) -> [u8; 3] {
    let visible = || pixels.iter().filter(|pixel| pixel[3] >= OPAQUE_FROM);
    let cell_of = |pixel: &[u8; 4]| [0, 1, 2].map(|channel| usize::from(pixel[channel]) * STEPS / 256);

    let mut counts = vec![0u32; STEPS * STEPS * STEPS];
    for pixel in visible() {
        let [red, green, blue] = cell_of(pixel);
        counts[(red * STEPS + green) * STEPS + blue] += 1;
    }
    // `max_by_key` takes the last of equals; reversed, that is the first.
    let fullest =
        counts.iter().enumerate().rev().max_by_key(|(_, count)| **count).map_or(0, |(cell, _)| cell);
    let fullest = [fullest / (STEPS * STEPS), fullest / STEPS % STEPS, fullest % STEPS];

    let mut sums = [0u32; 3];
    let mut count = 0u32;
    for pixel in visible() {
        if cell_of(pixel).iter().zip(fullest).all(|(cell, fullest)| cell.abs_diff(fullest) <= 1) {
            count += 1;
            for (sum, value) in sums.iter_mut().zip(pixel) {
                *sum += u32::from(*value);
            }
        }
    }
    if count == 0 { [u8::MAX; 3] } else { sums.map(|sum| ((sum + count / 2) / count) as u8) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dominant_colour_is_the_most_frequent_not_the_mean() {
        let mut pixels = vec![[200, 30, 30, 255]; 60];
        pixels.extend([[10, 10, 240, 255]; 40]);
        assert_eq!(dominant_colour(&pixels), [200, 30, 30]);
    }

    #[test]
    fn near_shades_across_a_border_of_cells_count_together() {
        let mut pixels = vec![[127, 100, 100, 255]; 60];
        pixels.extend([[129, 100, 100, 255]; 60]);
        assert_eq!(dominant_colour(&pixels), [128, 100, 100]);
    }

    #[test]
    fn transparent_pixels_do_not_count() {
        let mut pixels = vec![[0, 255, 0, 0]; 90];
        pixels.extend([[1, 2, 3, 255]; 10]);
        assert_eq!(dominant_colour(&pixels), [1, 2, 3]);
        assert_eq!(dominant_colour(&[[0, 255, 0, 0]; 9]), [255, 255, 255]);
    }
}
