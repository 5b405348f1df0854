use std::collections::HashMap;

use color_quant::NeuQuant;

use crate::image::raster::Raster;

/// How many pixels are looked at to choose a frame's colours, at least.
const PIXELS_LOOKED_AT: usize = 32 * 1024;
/// One of so many pixels is looked at, at the least.
const PACE_MAX: usize = 10;
/// As many as an index can tell apart.
const COLOURS_MAX: usize = 256;
pub const OPAQUE_FROM: u8 = 128;

/// A picture's pixels as indexes of a palette.
pub struct Indexed {
    pub indexes: Vec<u8>,
    /// Red, green and blue of each colour.
    pub palette: Vec<u8>,
    /// The index of what is transparent, which no opaque pixel has.
    pub transparent: Option<u8>,
}

/// Chooses at most 256 colours, all there are if they are no more, and an index of its own for what is transparent:
/// whatever the colour of an opaque pixel, it stays opaque.
///
/// `needs_transparent` asks for that index even if no pixel has it.
pub fn index(picture: &Raster, needs_transparent: bool) -> Indexed {
    let pixels = picture.pixels.as_chunks::<4>().0;
    let opaque: Vec<[u8; 4]> = pixels
        .iter()
        .filter(|pixel| pixel[3] >= OPAQUE_FROM)
        .map(|&[red, green, blue, _]| [red, green, blue, u8::MAX])
        .collect();
    let has_transparent = needs_transparent || opaque.len() < pixels.len();
    let colours_max = COLOURS_MAX - usize::from(has_transparent);
    let (mut palette, opaque) =
        exact(&opaque, colours_max).unwrap_or_else(|| quantised(&opaque, colours_max));
    // It fits a byte: there are fewer colours than an index can tell apart.
    let transparent = has_transparent.then_some((palette.len() / 3) as u8);
    if has_transparent {
        palette.extend([0; 3]);
    }
    let mut opaque = opaque.into_iter();
    let indexes = pixels
        .iter()
        .map(|pixel| if pixel[3] >= OPAQUE_FROM { opaque.next() } else { transparent }.unwrap_or_default())
        .collect();
    Indexed { indexes, palette, transparent }
}

/// The palette of all colours in the order of their first pixels, and the pixels' indexes; none if there are too many.
fn exact(pixels: &[[u8; 4]], colours_max: usize) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut palette = Vec::new();
    let mut known = HashMap::new();
    let mut indexes = Vec::with_capacity(pixels.len());
    let mut last = None;
    for pixel in pixels {
        if let Some((colour, index)) = last
            && colour == pixel
        {
            indexes.push(index);
            continue;
        }
        let count = known.len();
        let index = *known.entry(pixel).or_insert_with(|| {
            palette.extend_from_slice(&pixel[..3]);
            count
        });
        if known.len() > colours_max {
            return None;
        }
        let index = index as u8;
        indexes.push(index);
        last = Some((pixel, index));
    }
    Some((palette, indexes))
}

fn quantised(pixels: &[[u8; 4]], colours_max: usize) -> (Vec<u8>, Vec<u8>) {
    let pace = (pixels.len() / PIXELS_LOOKED_AT).clamp(1, PACE_MAX);
    let network = NeuQuant::new(pace as i32, colours_max, pixels.as_flattened());
    let indexes = pixels.iter().map(|pixel| network.index_of(pixel) as u8).collect();
    (network.color_map_rgb(), indexes)
}
