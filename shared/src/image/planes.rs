//! Pictures as a JPEG stores them: light and colours apart, each at a resolution of its own. Scaling them apart and
//! mixing the few pixels of the result costs a fraction of mixing all pixels first.

use super::geometry::Size;
use super::raster::{Channels, Raster};

/// A stored picture that is only good for smaller ones.
pub struct Planes {
    /// Of the whole picture as it is stored in the file, in pixels.
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
