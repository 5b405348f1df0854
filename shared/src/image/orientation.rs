use super::geometry::Size;
use super::raster::{Channels, Raster};

/// How a stored picture is turned to be seen upright, by EXIF's numbers 1 to 8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Orientation {
    #[default]
    Upright,
    Mirrored,
    UpsideDown,
    Flipped,
    Transposed,
    QuarterRight,
    Transversed,
    QuarterLeft,
}

impl Orientation {
    pub const fn from_exif(number: u16) -> Option<Self> {
        Some(match number {
            1 => Self::Upright,
            2 => Self::Mirrored,
            3 => Self::UpsideDown,
            4 => Self::Flipped,
            5 => Self::Transposed,
            6 => Self::QuarterRight,
            7 => Self::Transversed,
            8 => Self::QuarterLeft,
            _ => return None,
        })
    }

    /// A size seen the other way: upright for a stored one, stored for an upright one.
    pub const fn turned(self, size: Size) -> Size {
        if self.swaps_sides() { Size { width: size.height, height: size.width } } else { size }
    }

    pub const fn swaps_sides(self) -> bool {
        matches!(self, Self::Transposed | Self::QuarterRight | Self::Transversed | Self::QuarterLeft)
    }

    /// Turns a stored picture upright.
    pub fn apply(self, raster: &Raster) -> Raster {
        let walk = self.walk(raster.size());
        let upright = self.turned(raster.size());
        let pixels = match raster.channels {
            Channels::Rgb => walk.collect(raster.pixels.as_chunks::<3>().0, upright),
            Channels::Rgba => walk.collect(raster.pixels.as_chunks::<4>().0, upright),
        };
        Raster { width: upright.width, height: upright.height, channels: raster.channels, pixels }
    }

    fn walk(self, stored: Size) -> Walk {
        let (width, height) = (stored.width as isize, stored.height as isize);
        let (right_end, bottom_row, last) = (width - 1, width * (height - 1), width * height - 1);
        let (start, step_x, step_y) = match self {
            Self::Upright => (0, 1, width),
            Self::Mirrored => (right_end, -1, width),
            Self::UpsideDown => (last, -1, -width),
            Self::Flipped => (bottom_row, 1, -width),
            Self::Transposed => (0, width, 1),
            Self::QuarterRight => (bottom_row, -width, 1),
            Self::Transversed => (last, -width, -1),
            Self::QuarterLeft => (right_end, width, -1),
        };
        Walk { start, step_x, step_y }
    }
}

/// The way through the stored pixels that meets them in upright order, in indexes of pixels.
struct Walk {
    start: isize,
    step_x: isize,
    step_y: isize,
}

impl Walk {
    fn collect<const N: usize>(&self, stored: &[[u8; N]], upright: Size) -> Vec<u8> {
        let mut pixels = Vec::with_capacity(stored.len());
        let mut row_start = self.start;
        for _ in 0..upright.height {
            let mut at = row_start;
            for _ in 0..upright.width {
                pixels.push(stored[at as usize]);
                at += self.step_x;
            }
            row_start += self.step_y;
        }
        pixels.into_flattened()
    }
}
