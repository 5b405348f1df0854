use super::bounds::PIXELS_MAX;
use super::size::Size;
use super::transform::{Fit, TARGET_SIDE_PX_MAX, Transform};

/// The way a picture is cut and scaled: a part of it, of `crop`'s size, is scaled to `picture`, which lies in the middle
/// of `canvas`. Seen upright.
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
        let enlarges = transform.enlarge == Some(true);
        let (Some(width), Some(height)) = (transform.width, transform.height) else {
            let open = if enlarges { TARGET_SIDE_PX_MAX } else { side_px_max };
            let target =
                Size { width: transform.width.unwrap_or(open), height: transform.height.unwrap_or(open) };
            return if enlarges { Self::just_inside(source, target) } else { Self::inside(source, target) };
        };
        let target = Size { width, height };
        match (transform.fit.unwrap_or_default(), enlarges) {
            (Fit::Cover, false) => Self::cover(source, target),
            (Fit::Cover, true) => Self::cover_all(source, target),
            (Fit::Contain, false) => Self::contain(source, target),
            (Fit::Contain, true) => Self { canvas: target, ..Self::just_inside(source, target) },
            (Fit::Inside, false) => Self::inside(source, target),
            (Fit::Inside, true) => Self::just_inside(source, target),
            (Fit::Fill, false) => Self::fill(source, target),
            (Fit::Fill, true) => Self::whole(source, target),
        }
    }

    /// The whole source, reduced to fit within `target`.
    pub fn inside(source: Size, target: Size) -> Self {
        Self::whole(source, source.reduced(source.factor_within(target).min(1.0)))
    }

    /// The whole source, reduced or enlarged until it just fits within `target` and has no more pixels than
    /// a picture may have.
    fn just_inside(source: Size, target: Size) -> Self {
        let to_bound = (PIXELS_MAX as f64 / source.pixels() as f64).sqrt();
        let factor = source.factor_within(target);
        if factor < to_bound {
            return Self::whole(source, source.scaled(factor, target));
        }
        // Rounded down, lest the product be over the bound.
        let side = |side: u32, target: u32| ((f64::from(side) * to_bound) as u32).clamp(1, target);
        let picture =
            Size { width: side(source.width, target.width), height: side(source.height, target.height) };
        Self::whole(source, picture)
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
        Self::cover_all(source, target)
    }

    /// Covers all of the target, however small the source.
    fn cover_all(source: Size, target: Size) -> Self {
        let factor = target.factor_within(source);
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
mod tests;
