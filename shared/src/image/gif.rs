mod blocks;

use gif::{ColorOutput, DecodeOptions, MemoryLimit};

use super::Picture;
use super::fields::u16_le;
use super::format::SourceFormat;
use super::geometry::Size;
use super::header::{Header, PIXELS_MAX};
use super::orientation::Orientation;
use super::raster::Raster;
use super::rejection::{Cause, Rejection};

const TRANSPARENT: [u8; 4] = [0; 4];

/// The size of the screen that the frames are drawn on.
pub fn read_size(bytes: &[u8]) -> Option<Size> {
    let (width, height) = (u16_le(bytes, 6)?, u16_le(bytes, 8)?);
    Some(Size { width: width.into(), height: height.into() })
}

/// Decodes the first frame, which may cover only a part of the screen.
pub fn decode(bytes: &[u8], header: Header) -> Result<Picture, Rejection> {
    blocks::check(bytes)?;
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(MemoryLimit::Unlimited); // the frame's size is checked below
    let mut decoder = options.read_info(bytes).map_err(corrupt)?;
    let frame = decoder.next_frame_info().map_err(corrupt)?.ok_or_else(|| corrupt("it has no frame"))?;
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let (width, height) = (frame.width, frame.height);
    let transparent = frame.transparent;
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(Rejection::ImageTooLarge { width: width.into(), height: height.into() });
    }
    let mut colours = colours(decoder.palette().map_err(corrupt)?);
    if let Some(index) = transparent {
        colours[usize::from(index)] = TRANSPARENT;
    }
    let mut indexes = vec![0; usize::from(width) * usize::from(height)];
    if !indexes.is_empty() {
        decoder.read_into_buffer(&mut indexes).map_err(corrupt)?;
    }

    let mut raster = Raster::filled(header.size(), TRANSPARENT);
    let rows = raster.pixels.as_chunks_mut::<4>().0.chunks_exact_mut(header.width as usize).skip(top);
    for (row, indexes) in rows.zip(indexes.chunks_exact(usize::from(width).max(1))) {
        for (pixel, index) in row.iter_mut().skip(left).zip(indexes) {
            *pixel = colours[usize::from(*index)];
        }
    }
    let raster = raster.without_idle_alpha();
    Ok(Picture { format: SourceFormat::Gif, raster, orientation: Orientation::default(), profile: None })
}

/// The palette as a full table: an index beyond it is transparent.
fn colours(palette: &[u8]) -> [[u8; 4]; 256] {
    let mut colours = [TRANSPARENT; 256];
    for (colour, &[red, green, blue]) in colours.iter_mut().zip(palette.as_chunks().0) {
        *colour = [red, green, blue, u8::MAX];
    }
    colours
}

fn corrupt(cause: impl Into<Cause>) -> Rejection {
    Rejection::corrupt(SourceFormat::Gif, cause)
}
