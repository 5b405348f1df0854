//! Pixels that are painted over, back to front.

use std::ops::Range;

/// Red, green and blue.
pub type Colour = [u8; 3];

pub const WHITE: Colour = [u8::MAX; 3];

pub struct Canvas {
    pub width: usize,
    pub height: usize,
    /// Row by row.
    pixels: Vec<Colour>,
}

impl Canvas {
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![WHITE; width * height] }
    }

    /// Three bytes for each pixel.
    pub fn bytes(&self) -> &[u8] {
        self.pixels.as_flattened()
    }

    pub fn fill(&mut self, columns: Range<usize>, rows: Range<usize>, colour: Colour) {
        for row in rows {
            self.pixels[row * self.width..][columns.clone()].fill(colour);
        }
    }

    /// Lets `share` of the pixel, 0 to 1, become `colour`.
    pub fn blend(&mut self, column: usize, row: usize, colour: Colour, share: f32) {
        let pixel = &mut self.pixels[row * self.width + column];
        *pixel = mixed(*pixel, colour, share);
    }
}

/// `share` of `other`, 0 to 1, in `colour`.
pub fn mixed(colour: Colour, other: Colour, share: f32) -> Colour {
    let [red, green, blue] = colour;
    let channel =
        |from: u8, to: u8| (f32::from(from) + (f32::from(to) - f32::from(from)) * share + 0.5) as u8;
    [channel(red, other[0]), channel(green, other[1]), channel(blue, other[2])]
}

/// How much of a pixel a shape covers whose edge is `distance` pixels away; positive inside.
pub fn coverage(distance: f32) -> f32 {
    (distance + 0.5).clamp(0.0, 1.0)
}
