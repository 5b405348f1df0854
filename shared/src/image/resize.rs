//! Scaling a part of a stored picture.

use std::borrow::Cow;

use fast_image_resize::images::{CroppedImage, Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

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
        let pixel_type = match stored.channels {
            Channels::Rgb => PixelType::U8x3,
            Channels::Rgba => PixelType::U8x4,
        };
        let whole = ImageRef::new(stored.width, stored.height, &stored.pixels, pixel_type)?;
        let mut resized = Image::new(target.width, target.height, pixel_type);
        if region == Region::whole(stored.size()) {
            Resizer::new().resize(&whole, &mut resized, &options)?;
        } else {
            // What lies beyond the region must not bleed into its edge.
            let Region { left, top, size } = region;
            let part = CroppedImage::new(&whole, left, top, size.width, size.height)?;
            Resizer::new().resize(&part, &mut resized, &options)?;
        }
        Ok(Cow::Owned(Raster {
            width: target.width,
            height: target.height,
            channels: stored.channels,
            pixels: resized.into_vec(),
        }))
    }
}

pub type ResizeError = Box<dyn std::error::Error + Send + Sync>;

/// Where a crop starts along a side: at a whole pixel where it is not scaled, lest it blur.
fn start(side: u32, crop: f64, target: u32, share: f64) -> f64 {
    let start = (f64::from(side) - crop) * share;
    if crop == f64::from(target) { start.floor() } else { start.max(0.0) }
}
