//! The stages that a decoded picture passes, one after the other, before it is encoded.

use std::borrow::Cow;

use fast_image_resize::FilterType;

use super::blur::blur;
use super::error::Error;
use super::format::{OutputFormat, SourceFormat};
use super::geometry::Plan;
use super::orientation::Orientation;
use super::profile::Profile;
use super::raster::{Channels, Raster};
use super::region::Region;
use super::resize::Resize;
use super::salience;
use super::size::Size;
use super::transform::{Fit, Gravity, Transform};
use super::trim;
use super::view::View;
use super::{Picture, Stored};

/// The longest side of what is looked at to find the part that draws the eye, in pixels.
const SALIENCE_SIDE_PX: u32 = 128;
const MIDDLE: (f64, f64) = (0.5, 0.5);
const CANNOT_BE_SCALED: &str = "cannot be scaled";

/// All that a transform does to a picture. Anything that only the picture shows (a border, the part that
/// draws the eye) is found once, so that it is the same in all frames of an animation.
pub struct Stages<'a> {
    source: SourceFormat,
    resize: Resize,
    canvas: Size,
    profile: Option<&'a Profile>,
    blur: Option<u32>,
    /// The colour of bars, with its alpha.
    bars: [u8; 4],
    /// The colour behind transparent parts in a format without transparency.
    backdrop: [u8; 3],
}

impl<'a> Stages<'a> {
    pub fn plan(picture: &'a Picture, transform: &Transform, format: OutputFormat) -> Result<Self, Error> {
        let view = picture.view(transform);
        let plan = Plan::new(view.size(), transform, format.side_px_max());
        let Size { width, height } = plan.canvas;
        if u64::from(width) * u64::from(height) > format.pixels_max() {
            let detail = format!("{width} × {height} pixels; at most {}", format.pixels_max()).into();
            return Err(Error::Unencodable { format, detail, source: None });
        }
        let place = picture.place(view, &plan, transform)?;
        Ok(Self {
            source: picture.format,
            resize: Resize {
                view,
                crop: plan.crop,
                place,
                target: plan.picture,
                filter: FilterType::Lanczos3,
            },
            canvas: plan.canvas,
            profile: picture.profile.as_ref(),
            blur: transform.blur,
            bars: transform.bars(),
            backdrop: transform.backdrop(),
        })
    }

    /// The size of what is encoded.
    pub const fn canvas(&self) -> Size {
        self.canvas
    }

    /// Makes of stored pixels those that a format encodes.
    pub fn run<'r>(&self, stored: &'r Raster, format: OutputFormat) -> Result<Cow<'r, Raster>, Error> {
        Ok(self.flatten(self.draw(stored)?, format))
    }

    /// Makes of stored pixels those of the result, with their transparency.
    pub fn draw_stored<'r>(&self, stored: &'r Stored) -> Result<Cow<'r, Raster>, Error> {
        let reduced = self.resize.run_stored(stored);
        Ok(self.finish(reduced.map_err(|error| Error::corrupt_by(self.source, CANNOT_BE_SCALED, error))?))
    }

    /// Makes of the pixels of a frame those of the result, with their transparency.
    fn draw<'r>(&self, frame: &'r Raster) -> Result<Cow<'r, Raster>, Error> {
        let reduced = self.resize.run(frame);
        Ok(self.finish(reduced.map_err(|error| Error::corrupt_by(self.source, CANNOT_BE_SCALED, error))?))
    }

    fn finish<'r>(&self, reduced: Cow<'r, Raster>) -> Cow<'r, Raster> {
        let mut picture = upright(reduced, self.profile, self.resize.view.orientation);
        if let Some(sigma) = self.blur {
            picture = Cow::Owned(blur(picture.into_owned(), sigma));
        }
        on_canvas(picture, self.canvas, self.bars)
    }

    /// Lays what was drawn on its backdrop, for a format that shows nothing through it.
    pub fn flatten<'r>(&self, drawn: Cow<'r, Raster>, format: OutputFormat) -> Cow<'r, Raster> {
        if format.keeps_transparency() || drawn.channels == Channels::Rgb {
            return drawn;
        }
        Cow::Owned(drawn.on_colour(self.backdrop))
    }
}

impl Picture {
    /// All of the picture, small, upright and in sRGB.
    pub(super) fn sample(&self, view: View, side_px_max: u32) -> Result<Raster, Error> {
        let plan = Plan::inside(view.size(), Size { width: side_px_max, height: side_px_max });
        let filter = FilterType::Box;
        let resize = Resize { view, crop: plan.crop, place: MIDDLE, target: plan.picture, filter };
        let small = resize
            .run_stored(&self.stored)
            .map_err(|error| Error::corrupt_by(self.format, CANNOT_BE_SCALED, error))?;
        Ok(upright(small, self.profile.as_ref(), view.orientation).into_owned().with_alpha())
    }

    fn view(&self, transform: &Transform) -> View {
        let size = self.stored.size();
        let region = match (transform.trim, &self.stored) {
            (Some(tolerance), Stored::Raster(raster)) => {
                // Larger ones than a byte are refused.
                let tolerance = tolerance.min(u8::MAX.into()) as u8;
                trim::content(raster, self.orientation.upper_left(size), tolerance)
            }
            _ => Region::whole(size),
        };
        let turn = Orientation::clockwise(transform.rotate.unwrap_or_default());
        View { region, orientation: self.orientation.then(turn) }
    }

    /// Where a crop lies, seen upright.
    fn place(&self, view: View, plan: &Plan, transform: &Transform) -> Result<(f64, f64), Error> {
        let crops = transform.fit.unwrap_or_default() == Fit::Cover;
        Ok(match transform.gravity.unwrap_or_default() {
            Gravity::Salient if crops => {
                let sample = self.sample(view, SALIENCE_SIDE_PX)?;
                let scale = f64::from(sample.width) / f64::from(view.size().width);
                let side = |crop: f64, side: u32| ((crop * scale).round() as u32).clamp(1, side);
                let window =
                    Size { width: side(plan.crop.0, sample.width), height: side(plan.crop.1, sample.height) };
                salience::place(&sample, window)
            }
            gravity => gravity.share(),
        })
    }
}

/// Turns a reduced picture and converts its colours, both of which cost less on few pixels.
fn upright<'r>(
    reduced: Cow<'r, Raster>,
    profile: Option<&Profile>,
    orientation: Orientation,
) -> Cow<'r, Raster> {
    let mut reduced = reduced;
    if let Some(profile) = profile {
        profile.convert(reduced.to_mut());
    }
    match orientation {
        Orientation::Upright => reduced,
        turned => Cow::Owned(turned.apply(&reduced)),
    }
}

fn on_canvas<'r>(picture: Cow<'r, Raster>, size: Size, bars: [u8; 4]) -> Cow<'r, Raster> {
    if picture.size() == size {
        return picture;
    }
    let mut canvas = Raster::filled(size, bars);
    let left = (size.width - picture.width) / 2;
    let top = (size.height - picture.height) / 2;
    canvas.place(picture.into_owned(), left, top);
    Cow::Owned(canvas.without_idle_alpha())
}
