use super::ColorType;
use crate::image::profile::Inks;
use crate::image::raster::Channels;
use crate::image::size::Size;

/// The samples of a page: of 8 bits, or of fewer in rows that start at a byte.
#[derive(Clone, Copy)]
pub struct Samples {
    colour: Colour,
    bits: u8,
    size: Size,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Colour {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    Cmyk,
}

impl Samples {
    /// None for colours that are not decoded. Samples of 16 bits come as their upper 8.
    pub fn new(colour: ColorType, size: Size) -> Option<Self> {
        let (colour, bits) = match colour {
            ColorType::Gray(bits @ (1 | 2 | 4 | 8 | 16)) => (Colour::Grey, bits.min(8)),
            ColorType::Multiband { bit_depth: 8 | 16, num_samples: 2 } | ColorType::GrayA(8 | 16) => {
                (Colour::GreyAlpha, 8)
            }
            ColorType::RGB(8 | 16) => (Colour::Rgb, 8),
            ColorType::RGBA(8 | 16) => (Colour::Rgba, 8),
            ColorType::CMYK(8 | 16) => (Colour::Cmyk, 8),
            _ => return None,
        };
        Some(Self { colour, bits, size })
    }

    pub const fn inks(self) -> Inks {
        match self.colour {
            Colour::Grey | Colour::GreyAlpha => Inks::Grey,
            Colour::Rgb | Colour::Rgba => Inks::Rgb,
            Colour::Cmyk => Inks::Cmyk,
        }
    }

    /// Rows without gaps: red, green and blue, with alpha, or four inks with full ink at 0. None if there are too few.
    pub fn unpacked(self, decoded: Vec<u8>) -> Option<(Channels, Vec<u8>)> {
        let (width, pixels) = (self.size.width as usize, self.size.pixels());
        let of = |samples: usize| (decoded.len() >= pixels * samples).then_some(());
        Some(match self.colour {
            Colour::Grey => {
                let row_bytes = (width * usize::from(self.bits)).div_ceil(8);
                (decoded.len() >= row_bytes * self.size.height as usize).then_some(())?;
                let rows = decoded.chunks_exact(row_bytes).take(self.size.height as usize);
                let greys = rows.flat_map(|row| (0..width).map(|x| grey(row, x, self.bits)));
                (Channels::Rgb, greys.flat_map(|grey| [grey; 3]).collect())
            }
            Colour::GreyAlpha => {
                of(2)?;
                let pairs = decoded.as_chunks().0.iter().take(pixels);
                (Channels::Rgba, pairs.flat_map(|&[grey, alpha]| [grey, grey, grey, alpha]).collect())
            }
            Colour::Rgb => {
                of(3)?;
                (Channels::Rgb, decoded)
            }
            Colour::Rgba => {
                of(4)?;
                (Channels::Rgba, decoded)
            }
            Colour::Cmyk => {
                of(4)?;
                (Channels::Rgba, decoded.into_iter().map(|ink| u8::MAX - ink).collect())
            }
        })
    }
}

/// The grey of a pixel of a row, its bits spread over a byte.
fn grey(row: &[u8], x: usize, bits: u8) -> u8 {
    let per_byte = usize::from(8 / bits);
    let most = u8::MAX >> (8 - bits);
    let shift = 8 - bits * (x % per_byte + 1) as u8;
    (row[x / per_byte] >> shift & most) * (u8::MAX / most)
}
