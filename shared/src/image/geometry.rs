use super::transform::{Fit, Transform};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

impl Size {
    pub const fn pixels(self) -> usize {
        self.width as usize * self.height as usize
    }

    /// This size multiplied by a factor of at most 1; no side vanishes.
    fn reduced(self, factor: f64) -> Self {
        let side = |side: u32| ((f64::from(side) * factor).round() as u32).clamp(1, side);
        Self { width: side(self.width), height: side(self.height) }
    }

    /// The factor that makes this size just fit within `outer`.
    fn factor_within(self, outer: Self) -> f64 {
        let width_factor = f64::from(outer.width) / f64::from(self.width);
        width_factor.min(f64::from(outer.height) / f64::from(self.height))
    }
}

/// What becomes of a picture: its middle part, of `crop`'s size, is reduced to `picture`, which lies in
/// the middle of `canvas`. Seen upright.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Width and height in the source's pixels, not always whole.
    pub crop: (f64, f64),
    pub picture: Size,
    pub canvas: Size,
}

impl Plan {
    /// Plans a transform, whose numbers are valid, of a source. `side_px_max` is what the output's
    /// format can hold.
    pub fn new(source: Size, transform: &Transform, side_px_max: u32) -> Self {
        let (Some(width), Some(height)) = (transform.width, transform.height) else {
            let target = Size {
                width: transform.width.unwrap_or(side_px_max),
                height: transform.height.unwrap_or(side_px_max),
            };
            return Self::inside(source, target);
        };
        let target = Size { width, height };
        match transform.fit.unwrap_or_default() {
            Fit::Cover => Self::cover(source, target),
            Fit::Contain => Self::contain(source, target),
            Fit::Inside => Self::inside(source, target),
            Fit::Fill => Self::fill(source, target),
        }
    }

    /// The whole source, reduced to fit within `target`.
    pub fn inside(source: Size, target: Size) -> Self {
        Self::whole(source, source.reduced(source.factor_within(target).min(1.0)))
    }

    fn fill(source: Size, target: Size) -> Self {
        let picture =
            Size { width: target.width.min(source.width), height: target.height.min(source.height) };
        Self::whole(source, picture)
    }

    fn contain(source: Size, target: Size) -> Self {
        let factor = source.factor_within(target);
        if factor < 1.0 {
            return Self { canvas: target, ..Self::whole(source, source.reduced(factor)) };
        }
        let canvas = target.reduced(1.0 / factor);
        let canvas = Size { width: canvas.width.max(source.width), height: canvas.height.max(source.height) };
        Self { canvas, ..Self::whole(source, source) }
    }

    fn cover(source: Size, target: Size) -> Self {
        let factor = target.factor_within(source);
        if factor < 1.0 {
            let picture = target.reduced(factor);
            return Self { crop: sides(picture), picture, canvas: picture };
        }
        let (width, height) = sides(target);
        let crop =
            ((width * factor).min(f64::from(source.width)), (height * factor).min(f64::from(source.height)));
        Self { crop, picture: target, canvas: target }
    }

    fn whole(source: Size, picture: Size) -> Self {
        Self { crop: sides(source), picture, canvas: picture }
    }
}

fn sides(size: Size) -> (f64, f64) {
    (f64::from(size.width), f64::from(size.height))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: Size = Size { width: 1000, height: 600 };

    fn plan(source: Size, width: u32, height: u32, fit: Fit) -> Plan {
        let transform =
            Transform { width: Some(width), height: Some(height), fit: Some(fit), ..Transform::default() };
        Plan::new(source, &transform, 16_384)
    }

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    #[test]
    fn cover_fills_the_target_with_the_middle_of_the_source() {
        let plan = plan(SOURCE, 200, 200, Fit::Cover);
        assert_eq!(plan, Plan { crop: (600.0, 600.0), picture: size(200, 200), canvas: size(200, 200) });
    }

    #[test]
    fn cover_of_a_larger_target_keeps_the_ratio_of_the_target() {
        let plan = plan(SOURCE, 4000, 1000, Fit::Cover);
        assert_eq!(plan, Plan { crop: (1000.0, 250.0), picture: size(1000, 250), canvas: size(1000, 250) });
    }

    #[test]
    fn contain_keeps_the_whole_source_on_the_whole_target() {
        let plan = plan(SOURCE, 200, 200, Fit::Contain);
        assert_eq!(plan, Plan { crop: (1000.0, 600.0), picture: size(200, 120), canvas: size(200, 200) });
    }

    #[test]
    fn contain_of_a_larger_target_puts_the_source_unscaled_on_the_smallest_such_box() {
        let plan = plan(SOURCE, 4000, 4000, Fit::Contain);
        assert_eq!(plan, Plan { crop: (1000.0, 600.0), picture: SOURCE, canvas: size(1000, 1000) });
    }

    #[test]
    fn inside_keeps_the_ratio_and_never_enlarges() {
        assert_eq!(plan(SOURCE, 500, 500, Fit::Inside).canvas, size(500, 300));
        assert_eq!(plan(SOURCE, 5000, 5000, Fit::Inside).canvas, SOURCE);
    }

    #[test]
    fn fill_squeezes_each_side_on_its_own_and_never_enlarges() {
        assert_eq!(plan(SOURCE, 300, 300, Fit::Fill).canvas, size(300, 300));
        assert_eq!(plan(SOURCE, 300, 3000, Fit::Fill).canvas, size(300, 600));
    }

    #[test]
    fn a_missing_side_follows_the_ratio() {
        let transform = Transform { width: Some(100), fit: Some(Fit::Fill), ..Transform::default() };
        assert_eq!(Plan::new(SOURCE, &transform, 16_384).canvas, size(100, 60));
    }

    #[test]
    fn a_thin_source_keeps_at_least_one_pixel() {
        assert_eq!(plan(size(16_384, 1), 100, 100, Fit::Inside).canvas, size(100, 1));
        assert_eq!(plan(size(16_384, 1), 100, 100, Fit::Cover).canvas, size(1, 1));
    }

    #[test]
    fn a_side_that_the_format_cannot_hold_is_reduced() {
        assert_eq!(Plan::new(size(16_384, 8), &Transform::default(), 16_383).canvas, size(16_383, 8));
    }

    #[test]
    fn every_plan_stays_within_the_source_and_the_target() {
        let sides = [1, 2, 3, 7, 99, 100, 101, 640, 8191, 8192, 16_384];
        for fit in [Fit::Cover, Fit::Contain, Fit::Inside, Fit::Fill] {
            for (source_width, source_height) in sides.iter().flat_map(|w| sides.map(|h| (*w, h))) {
                for (width, height) in sides.iter().flat_map(|w| sides.map(|h| (*w, h))) {
                    let plan = plan(size(source_width, source_height), width, height, fit);
                    assert!(plan.crop.0 > 0.0 && plan.crop.0 <= f64::from(source_width), "{plan:?}");
                    assert!(plan.crop.1 > 0.0 && plan.crop.1 <= f64::from(source_height), "{plan:?}");
                    assert!(f64::from(plan.picture.width) <= plan.crop.0.ceil(), "{fit:?} {plan:?}");
                    assert!(f64::from(plan.picture.height) <= plan.crop.1.ceil(), "{fit:?} {plan:?}");
                    assert!(plan.picture.width >= 1 && plan.picture.height >= 1, "{plan:?}");
                    assert!(plan.picture.width <= plan.canvas.width, "{plan:?}");
                    assert!(plan.picture.height <= plan.canvas.height, "{plan:?}");
                    assert!(plan.canvas.width <= width && plan.canvas.height <= height, "{fit:?} {plan:?}");
                }
            }
        }
    }
}
