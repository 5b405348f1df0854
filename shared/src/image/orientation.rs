use super::raster::{Channels, Raster};
use super::size::Size;

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
        self.moves().0
    }

    /// A turn clockwise by a multiple of 90 degrees.
    pub const fn clockwise(degrees: u32) -> Self {
        match degrees % 360 {
            90 => Self::QuarterRight,
            180 => Self::UpsideDown,
            270 => Self::QuarterLeft,
            _ => Self::Upright,
        }
    }

    /// This turn, and `next` after it.
    pub const fn then(self, next: Self) -> Self {
        let (swaps, mirrors_x, mirrors_y) = self.moves();
        let (next_swaps, next_x, next_y) = next.moves();
        let (next_x, next_y) = if swaps { (next_y, next_x) } else { (next_x, next_y) };
        match (swaps != next_swaps, mirrors_x != next_x, mirrors_y != next_y) {
            (false, false, false) => Self::Upright,
            (false, true, false) => Self::Mirrored,
            (false, true, true) => Self::UpsideDown,
            (false, false, true) => Self::Flipped,
            (true, false, false) => Self::Transposed,
            (true, false, true) => Self::QuarterRight,
            (true, true, true) => Self::Transversed,
            (true, true, false) => Self::QuarterLeft,
        }
    }

    /// Where a place is stored that is seen upright. Both are shares of the way from left to right and from
    /// top to bottom.
    pub fn stored_share(self, (x, y): (f64, f64)) -> (f64, f64) {
        let (swaps, mirrors_x, mirrors_y) = self.moves();
        let (x, y) = if swaps { (y, x) } else { (x, y) };
        (if mirrors_x { 1.0 - x } else { x }, if mirrors_y { 1.0 - y } else { y })
    }

    /// The index of the stored pixel that is seen in the upper left corner.
    pub fn upper_left(self, stored: Size) -> usize {
        self.walk(stored).start.unsigned_abs()
    }

    /// How a place that is seen upright becomes one that is stored: whether x and y are swapped, and then
    /// whether each is mirrored.
    const fn moves(self) -> (bool, bool, bool) {
        match self {
            Self::Upright => (false, false, false),
            Self::Mirrored => (false, true, false),
            Self::UpsideDown => (false, true, true),
            Self::Flipped => (false, false, true),
            Self::Transposed => (true, false, false),
            Self::QuarterRight => (true, false, true),
            Self::Transversed => (true, true, true),
            Self::QuarterLeft => (true, true, false),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Orientation; 8] = [
        Orientation::Upright,
        Orientation::Mirrored,
        Orientation::UpsideDown,
        Orientation::Flipped,
        Orientation::Transposed,
        Orientation::QuarterRight,
        Orientation::Transversed,
        Orientation::QuarterLeft,
    ];

    /// Pixels that tell where they were stored.
    fn stored() -> Raster {
        let pixels = (0..6u8).flat_map(|at| [at; 3]).collect();
        Raster { width: 3, height: 2, channels: Channels::Rgb, pixels }
    }

    #[test]
    fn a_turn_and_one_after_it_are_one_turn() {
        for first in ALL {
            for next in ALL {
                let twice = next.apply(&first.apply(&stored()));
                let once = first.then(next).apply(&stored());
                assert_eq!((once.size(), once.pixels), (twice.size(), twice.pixels), "{first:?} {next:?}");
            }
        }
    }

    #[test]
    fn a_place_that_is_seen_is_found_where_it_is_stored() {
        let stored = stored();
        let index = |size: Size, (x, y): (f64, f64)| {
            (y * f64::from(size.height - 1)) as usize * size.width as usize
                + (x * f64::from(size.width - 1)) as usize
        };
        for orientation in ALL {
            let upright = orientation.apply(&stored);
            for corner in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
                let seen = upright.pixels[index(upright.size(), corner) * 3];
                let found = stored.pixels[index(stored.size(), orientation.stored_share(corner)) * 3];
                assert_eq!(seen, found, "{orientation:?} {corner:?}");
            }
            let upper_left = orientation.upper_left(stored.size());
            assert_eq!(upright.pixels[0], stored.pixels[upper_left * 3], "{orientation:?}");
        }
    }
}
