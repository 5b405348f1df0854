//! Pictures as a JPEG stores them: light and colours apart, each at a resolution of its own. Scaling them apart and
//! mixing the few pixels of the result costs a fraction of mixing all pixels first.

use std::sync::OnceLock;

use super::raster::{Channels, Raster};
use super::size::Size;

/// A stored picture that is only good for smaller ones.
pub struct Planes {
    /// The size of the whole picture as it is stored in the file, in pixels.
    pub size: Size,
    /// Pixels across, and down, for a sample of the channel that has most: 1, 2, 4 or 8.
    pub denominator: u32,
    /// Luma alone, or luma and the two differences of colour.
    pub planes: Vec<Plane>,
}

/// One channel.
pub struct Plane {
    /// In samples.
    pub size: Size,
    /// Samples for each pixel of the whole picture, across and down; at most 1.
    pub density: (f64, f64),
    pub samples: Vec<u8>,
    /// Half as many samples across and down, once they were asked for.
    pub half: OnceLock<Box<Plane>>,
}

/// Samples for each of a result, from which on those of half as many serve as well: what is left to reduce then, the filter
/// does.
const HALVED_FROM: f64 = 4.0;

impl Plane {
    /// The plane that a result is scaled from, which has so many samples of this one for each of its own, across and down.
    /// Halving is far cheaper than filtering, and what is halved serves all smaller results.
    pub fn for_reduction(&self, reduction: f64) -> &Self {
        if reduction < HALVED_FROM {
            return self;
        }
        self.half.get_or_init(|| Box::new(self.halved())).for_reduction(reduction / 2.0)
    }

    /// Each sample is the mean of four; those of the last column and row are of what there is.
    fn halved(&self) -> Self {
        let Size { width, height } = self.size;
        let size = Size { width: width.div_ceil(2), height: height.div_ceil(2) };
        let mut samples = Vec::with_capacity(size.pixels());
        let row_samples = width as usize;
        for rows in self.samples.chunks(row_samples * 2) {
            let (upper, lower) = rows.split_at(row_samples);
            let lower = if lower.is_empty() { upper } else { lower };
            let (upper, upper_rest) = upper.as_chunks::<2>();
            let (lower, lower_rest) = lower.as_chunks::<2>();
            samples.extend(upper.iter().zip(lower).map(|(&[a, b], &[c, d])| {
                ((u16::from(a) + u16::from(b) + u16::from(c) + u16::from(d) + 2) / 4) as u8
            }));
            let rest = upper_rest.iter().zip(lower_rest);
            samples.extend(rest.map(|(a, b)| (u16::from(*a) + u16::from(*b)).div_ceil(2) as u8));
        }
        let density = (self.density.0 / 2.0, self.density.1 / 2.0);
        Self { size, density, samples, half: OnceLock::new() }
    }
}

/// Makes pixels of channels of the same size.
pub fn mixed(size: Size, channels: &[Vec<u8>]) -> Raster {
    let mut pixels = vec![[0; 3]; size.pixels()];
    match channels {
        [luma, blue, red] => {
            for (pixel, ((luma, blue), red)) in pixels.iter_mut().zip(luma.iter().zip(blue).zip(red)) {
                *pixel = rgb(*luma, *blue, *red);
            }
        }
        [luma, ..] => {
            for (pixel, luma) in pixels.iter_mut().zip(luma) {
                *pixel = [*luma; 3];
            }
        }
        [] => {}
    }
    Raster {
        width: size.width,
        height: size.height,
        channels: Channels::Rgb,
        pixels: pixels.into_flattened(),
    }
}

/// JFIF's colours, in fixed point of 16 bits as libjpeg has them.
fn rgb(luma: u8, blue: u8, red: u8) -> [u8; 3] {
    const HALF: i32 = 1 << 15;
    let luma = (i32::from(luma) << 16) + HALF;
    let (blue, red) = (i32::from(blue) - 128, i32::from(red) - 128);
    [luma + 91_881 * red, luma - 22_554 * blue - 46_802 * red, luma + 116_130 * blue]
        .map(|channel| (channel >> 16).clamp(0, 255) as u8)
}
