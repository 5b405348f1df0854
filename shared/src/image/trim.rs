//! Finding the border of one colour around a picture.

use super::raster::{Channels, Raster};
use super::region::Region;
use super::size::Size;

/// Finds what is left when the border is cut that has the colour of the pixel at `corner`, an index, each
/// channel give or take `tolerance`. All transparent pixels have the same colour. A picture that is nothing
/// but border stays whole.
pub fn content(raster: &Raster, corner: usize, tolerance: u8) -> Region {
    match raster.channels {
        Channels::Rgb => {
            let pixels = raster.pixels.as_chunks::<3>().0;
            within(raster.size(), pixels, |pixel| near(pixel, &pixels[corner], tolerance))
        }
        Channels::Rgba => {
            let pixels = raster.pixels.as_chunks::<4>().0;
            let border = &pixels[corner];
            within(raster.size(), pixels, |pixel| {
                (pixel[3] == 0 && border[3] == 0) || near(pixel, border, tolerance)
            })
        }
    }
}

fn near(pixel: &[u8], border: &[u8], tolerance: u8) -> bool {
    pixel.iter().zip(border).all(|(channel, border)| channel.abs_diff(*border) <= tolerance)
}

/// Each row is read from both ends up to the first pixel of content.
fn within<P>(size: Size, pixels: &[P], is_border: impl Fn(&P) -> bool) -> Region {
    let width = size.width as usize;
    let rows = || pixels.chunks_exact(width).enumerate();
    let has_content = |row: &[P]| !row.iter().all(&is_border);
    let Some(top) = rows().find(|(_, row)| has_content(row)).map(|(y, _)| y) else {
        return Region::whole(size);
    };
    let bottom = rows().rev().find(|(_, row)| has_content(row)).map_or(top, |(y, _)| y);

    let (mut left, mut right) = (width, 0);
    for row in pixels.chunks_exact(width).take(bottom + 1).skip(top) {
        left = row[..left].iter().position(|pixel| !is_border(pixel)).unwrap_or(left);
        right = row[right..].iter().rposition(|pixel| !is_border(pixel)).map_or(right, |x| right + x + 1);
    }
    let size = Size { width: (right - left) as u32, height: (bottom + 1 - top) as u32 };
    Region { left: left as u32, top: top as u32, size }
}
