//! Scaling a part of a stored picture.

use std::borrow::Cow;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8x3, U8x4};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

use super::geometry::Size;
use super::raster::{Channels, Raster};
use super::region::{Region, View};

/// A scaling, its sizes and places told as they are seen upright.
#[derive(Clone, Copy)]
pub struct Resize {
    pub view: View,
    /// Width and height of what is kept of the view, in pixels.
    pub crop: (f64, f64),
    /// Where that lies, in shares of the room that it has.
    pub place: (f64, f64),
    pub target: Size,
    pub filter: FilterType,
}

impl Resize {
    /// Scales stored pixels; the result is still to be turned.
    pub fn run<'r>(&self, stored: &'r Raster) -> Result<Cow<'r, Raster>, ResizeError> {
        let View { region, orientation } = self.view;
        let target = orientation.turned(self.target);
        if stored.size() == target && region == Region::whole(target) {
            return Ok(Cow::Borrowed(stored));
        }
        let (crop_width, crop_height) =
            if orientation.swaps_sides() { (self.crop.1, self.crop.0) } else { self.crop };
        let (x, y) = orientation.stored_share(self.place);
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(self.filter)).crop(
            start(region.size.width, crop_width, target.width, x),
            start(region.size.height, crop_height, target.height, y),
            crop_width,
            crop_height,
        );
        // What lies beyond the region must not bleed into its edge.
        let part = if region == Region::whole(stored.size()) {
            Cow::Borrowed(stored)
        } else {
            Cow::Owned(stored.part(region))
        };
        let pixels = match stored.channels {
            Channels::Rgb => resized::<U8x3>(&part, target, &options)?,
            Channels::Rgba => resized::<U8x4>(&part, target, &options)?,
        };
        let Size { width, height } = target;
        Ok(Cow::Owned(Raster { width, height, channels: stored.channels, pixels }))
    }
}

/// For one type of pixel, as the library's untyped ways are compiled for a dozen, which takes minutes.
fn resized<P: PixelTrait>(
    part: &Raster,
    target: Size,
    options: &ResizeOptions,
) -> Result<Vec<u8>, ResizeError> {
    let source = TypedImageRef::<P>::from_buffer(part.width, part.height, &part.pixels)?;
    let mut pixels = vec![0; target.pixels() * P::size()];
    let mut image = TypedImage::<P>::from_buffer(target.width, target.height, &mut pixels)?;
    Resizer::new().resize_typed(&source, &mut image, options)?;
    Ok(pixels)
}

pub type ResizeError = Box<dyn std::error::Error + Send + Sync>;

/// Where a crop starts along a side: at a whole pixel where it is not scaled, lest it blur.
fn start(side: u32, crop: f64, target: u32, share: f64) -> f64 {
    let start = (f64::from(side) - crop) * share;
    if crop == f64::from(target) { start.floor() } else { start.max(0.0) }
}
