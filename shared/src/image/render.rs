use std::borrow::Cow;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::format::OutputFormat;
use super::geometry::Plan;
use super::header::SIDE_PX_MAX;
use super::orientation::Orientation;
use super::raster::{Channels, Raster};
use super::rejection::Rejection;
use super::transform::Transform;
use super::{Picture, jpeg, png, webp};

/// A made picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub bytes: Vec<u8>,
    pub format: OutputFormat,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

impl Picture {
    /// Makes one picture of this one, the same bytes each time on the same kind of processor.
    pub fn render(&self, transform: &Transform) -> Result<Rendered, Rejection> {
        if let Some(problem) = transform.problems().into_iter().next() {
            return Err(Rejection::InvalidTransform { pointer: problem.pointer, detail: problem.detail });
        }
        let format = transform.format.unwrap_or(OutputFormat::like(self.format));
        let side_px_max = if format == OutputFormat::WebP { webp::SIDE_PX_MAX } else { SIDE_PX_MAX };
        let plan = Plan::new(self.size(), transform, side_px_max);

        let picture = self.reduced(&plan, FilterType::Lanczos3)?;
        let canvas = on_canvas(picture, &plan, transform.bars());
        let canvas = if format.keeps_transparency() || canvas.channels == Channels::Rgb {
            canvas
        } else {
            Cow::Owned(canvas.on_colour(transform.backdrop()))
        };

        let quality = transform.quality_as(format);
        let bytes = match format {
            OutputFormat::Jpeg => jpeg::encode(&canvas, quality),
            OutputFormat::Png => png::encode(&canvas),
            OutputFormat::WebP => webp::encode(&canvas, quality),
        }?;
        Ok(Rendered { bytes, format, width: canvas.width, height: canvas.height })
    }

    /// The plan's picture, upright and in sRGB, without its canvas.
    pub(super) fn reduced(&self, plan: &Plan, filter: FilterType) -> Result<Cow<'_, Raster>, Rejection> {
        let mut reduced = self.resized(plan, filter)?;
        if let Some(profile) = &self.profile {
            profile.convert(reduced.to_mut());
        }
        Ok(match self.orientation {
            Orientation::Upright => reduced,
            turned => Cow::Owned(turned.apply(&reduced)),
        })
    }

    /// A crop lies in the middle, so that turning it swaps its sides and moves nothing else.
    fn resized(&self, plan: &Plan, filter: FilterType) -> Result<Cow<'_, Raster>, Rejection> {
        let source = &self.raster;
        let target = self.orientation.turned(plan.picture);
        let (crop_width, crop_height) =
            if self.orientation.swaps_sides() { (plan.crop.1, plan.crop.0) } else { plan.crop };
        if source.size() == target {
            return Ok(Cow::Borrowed(source));
        }
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).crop(
            middle(source.width, crop_width, target.width),
            middle(source.height, crop_height, target.height),
            crop_width,
            crop_height,
        );
        let pixel_type = match source.channels {
            Channels::Rgb => PixelType::U8x3,
            Channels::Rgba => PixelType::U8x4,
        };
        let view = ImageRef::new(source.width, source.height, &source.pixels, pixel_type)
            .map_err(|error| Rejection::corrupt(self.format, error))?;
        let mut resized = Image::new(target.width, target.height, pixel_type);
        Resizer::new()
            .resize(&view, &mut resized, &options)
            .map_err(|error| Rejection::corrupt(self.format, error))?;
        Ok(Cow::Owned(Raster {
            width: target.width,
            height: target.height,
            channels: source.channels,
            pixels: resized.into_vec(),
        }))
    }
}

/// Where a crop in the middle of a side starts: at a whole pixel where it is not scaled, lest it blur.
fn middle(side: u32, crop: f64, target: u32) -> f64 {
    let start = (f64::from(side) - crop) / 2.0;
    if crop == f64::from(target) { start.floor() } else { start.max(0.0) }
}

fn on_canvas<'a>(picture: Cow<'a, Raster>, plan: &Plan, bars: [u8; 4]) -> Cow<'a, Raster> {
    if picture.size() == plan.canvas {
        return picture;
    }
    let mut canvas = Raster::filled(plan.canvas, bars);
    let left = (plan.canvas.width - picture.width) / 2;
    let top = (plan.canvas.height - picture.height) / 2;
    canvas.place(picture.into_owned(), left, top);
    Cow::Owned(canvas.without_idle_alpha())
}
