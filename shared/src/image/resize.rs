//! Scaling a part of a stored picture.

use std::borrow::Cow;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8, U8x3, U8x4};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

use super::Stored;
use super::planes::{self, Planes};
use super::raster::{Channels, Raster};
use super::region::Region;
use super::size::Size;
use super::view::View;

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
        let region = self.view.region;
        let target = self.target();
        if stored.size() == target && region == Region::whole(target) {
            return Ok(Cow::Borrowed(stored));
        }
        let options = self.options((1.0, 1.0));
        // Pixels beyond the region must not bleed into its edge.
        let part = if region == Region::whole(stored.size()) {
            Cow::Borrowed(stored)
        } else {
            Cow::Owned(stored.part(region))
        };
        let pixels = match stored.channels {
            Channels::Rgb => scaled::<U8x3>(part.size(), &part.pixels, target, &options)?,
            Channels::Rgba => scaled::<U8x4>(part.size(), &part.pixels, target, &options)?,
        };
        let Size { width, height } = target;
        Ok(Cow::Owned(Raster { width, height, channels: stored.channels, pixels }))
    }

    /// Scales a stored picture, of which planes are scaled apart and mixed then.
    pub fn run_stored<'r>(&self, stored: &'r Stored) -> Result<Cow<'r, Raster>, ResizeError> {
        match stored {
            Stored::Raster(raster) => self.run(raster),
            Stored::Planes(planes) => Ok(Cow::Owned(self.run_planes(planes)?)),
        }
    }

    fn run_planes(&self, planes: &Planes) -> Result<Raster, ResizeError> {
        let target = self.target();
        let scaled = planes.planes.iter().map(|plane| {
            let plane = plane.for_reduction(self.reduction(plane.density));
            scaled::<U8>(plane.size, &plane.samples, target, &self.options(plane.density))
        });
        let channels: Vec<Vec<u8>> = scaled.collect::<Result<_, _>>()?;
        Ok(planes::mixed(target, &channels))
    }

    /// The size of the result, which is still to be turned.
    const fn target(&self) -> Size {
        self.view.orientation.turned(self.target)
    }

    /// How many samples there are for each of the result, in the direction that has fewer.
    fn reduction(&self, density: (f64, f64)) -> f64 {
        let target = self.target();
        let (width, height) = self.stored_crop();
        (width * density.0 / f64::from(target.width)).min(height * density.1 / f64::from(target.height))
    }

    /// Width and height of what is kept, as it is stored.
    const fn stored_crop(&self) -> (f64, f64) {
        if self.view.orientation.swaps_sides() { (self.crop.1, self.crop.0) } else { self.crop }
    }

    /// Where the crop lies in a channel that has `density` samples for each pixel, across and down.
    fn options(&self, density: (f64, f64)) -> ResizeOptions {
        let View { region, orientation } = self.view;
        let target = self.target();
        let (width, height) = self.stored_crop();
        let (x, y) = orientation.stored_share(self.place);
        let left = start(region.size.width, width, target.width, x);
        let top = start(region.size.height, height, target.height, y);
        ResizeOptions::new().resize_alg(ResizeAlg::Convolution(self.filter)).crop(
            left * density.0,
            top * density.1,
            width * density.0,
            height * density.1,
        )
    }
}

/// For one type of pixel, as the library's untyped ways are compiled for a dozen, which takes minutes.
fn scaled<P: PixelTrait>(
    source: Size,
    pixels: &[u8],
    target: Size,
    options: &ResizeOptions,
) -> Result<Vec<u8>, ResizeError> {
    let source = TypedImageRef::<P>::from_buffer(source.width, source.height, pixels)?;
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
