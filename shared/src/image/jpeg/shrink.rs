use super::codec::Want;
use crate::image::bounds::SIDE_PX_MAX;
use crate::image::geometry::Plan;
use crate::image::orientation::Orientation;
use crate::image::size::Size;
use crate::image::transform::Transform;

/// By how much the least reduced of some pictures is smaller than their source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shrink(f64);

/// Below, all pixels are mixed as libjpeg does.
const PLANES_FROM: f64 = 1.2;
/// The factor that is left to reduce after a reduced decoding: less would show, for that is done by blocks.
const LEFT: f64 = 1.5;

impl Shrink {
    pub fn of(stored: Size, orientation: Orientation, transforms: &[&Transform]) -> Self {
        let of_one = |transform: &&Transform| {
            if transform.trim.is_some() {
                // Where a border ends is told by each pixel.
                return 1.0;
            }
            let turn = Orientation::clockwise(transform.rotate.unwrap_or_default());
            let seen = orientation.then(turn).turned(stored);
            let plan = Plan::new(seen, transform, SIDE_PX_MAX);
            let (width, height) = plan.crop;
            (width / f64::from(plan.picture.width)).min(height / f64::from(plan.picture.height))
        };
        // The facts of a picture are taken at 100 pixels a side.
        Self(transforms.iter().map(of_one).fold(f64::INFINITY, f64::min))
    }

    pub fn want(self) -> Want {
        if self.0 < PLANES_FROM {
            return Want::All;
        }
        let denominator = [8, 4, 2].into_iter().find(|denominator| self.0 >= f64::from(*denominator) * LEFT);
        Want::Smaller { denominator: denominator.unwrap_or(1) }
    }
}
