//! How much of a source the pictures of several transforms need.

use serde::{Deserialize, Serialize};

use super::transform::{Fit, Transform};

/// How many demands say what any number of pictures need. More are taken for one of every pixel.
const DEMANDS_MAX: usize = 3;

/// Finds what all pictures of some transforms need of a source together, whatever its size. A decoding for that serves
/// each, whichever comes first.
pub fn most_demanding<'t>(transforms: impl IntoIterator<Item = &'t Transform>) -> Vec<Demand> {
    let mut demands: Vec<Demand> = Vec::new();
    for demand in transforms.into_iter().map(Demand::of) {
        if !demands.iter().any(|other| other.covers(demand)) {
            demands.retain(|other| !demand.covers(*other));
            demands.push(demand);
        }
    }
    if demands.len() > DEMANDS_MAX {
        return vec![Demand::ALL];
    }
    demands
}

/// The needs of a picture: the box that it is scaled to. Stored in rows of jobs as an array, which is short and
/// never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Stored", from = "Stored")]
pub struct Demand {
    /// In pixels of the source as it is seen; an open side is as long as any.
    width: u32,
    height: u32,
    /// Whether the source fills the box rather than fits within it, so that more of its pixels count.
    fills: bool,
}

/// Width and height, 0 where it is open, and whether the box is filled.
type Stored = (u32, u32, bool);

const OPEN: u32 = u32::MAX;

impl Demand {
    const ALL: Self = Self { width: OPEN, height: OPEN, fills: false };

    fn of(transform: &Transform) -> Self {
        if transform.trim.is_some() {
            // Where a border ends is told by each pixel.
            return Self::ALL;
        }
        let (width, height) = (transform.width.unwrap_or(OPEN), transform.height.unwrap_or(OPEN));
        let is_box = transform.width.is_some() && transform.height.is_some();
        let fills = is_box && matches!(transform.fit.unwrap_or_default(), Fit::Cover | Fit::Fill);
        match transform.rotate {
            Some(90 | 270) => Self { width: height, height: width, fills },
            _ => Self { width, height, fills },
        }
    }

    fn covers(self, other: Self) -> bool {
        let is_as_large = self.width >= other.width && self.height >= other.height;
        self == Self::ALL || (is_as_large && (self.fills || !other.fills))
    }

    /// A transform whose picture needs as much.
    pub fn to_transform(self) -> Transform {
        let side = |side: u32| (side < OPEN).then_some(side);
        let (width, height) = (side(self.width), side(self.height));
        let is_box = width.is_some() && height.is_some();
        let fit = (is_box && !self.fills).then_some(Fit::Inside);
        Transform { width, height, fit, ..Transform::default() }
    }
}

impl From<Demand> for Stored {
    fn from(Demand { width, height, fills }: Demand) -> Self {
        let side = |side: u32| if side < OPEN { side } else { 0 };
        (side(width), side(height), fills)
    }
}

impl From<Stored> for Demand {
    fn from((width, height, fills): Stored) -> Self {
        let side = |side: u32| if side == 0 { OPEN } else { side };
        Self { width: side(width), height: side(height), fills }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(width: Option<u32>, height: Option<u32>, fit: Option<Fit>) -> Transform {
        Transform { width, height, fit, ..Transform::default() }
    }

    /// As transforms, through what is stored.
    fn most_demanding<'t>(transforms: impl IntoIterator<Item = &'t Transform>) -> Vec<Transform> {
        let stored = serde_json::to_string(&super::most_demanding(transforms)).unwrap();
        let demands: Vec<Demand> = serde_json::from_str(&stored).unwrap();
        demands.into_iter().map(Demand::to_transform).collect()
    }

    #[test]
    fn what_is_stored_never_changes() {
        let square = to(Some(900), Some(900), None);
        let stored = serde_json::to_value(super::most_demanding([&to(Some(1600), None, None), &square]));
        assert_eq!(stored.unwrap(), serde_json::json!([[1600, 0, false], [900, 900, true]]));
    }

    #[test]
    fn the_largest_picture_says_what_all_need() {
        let widths = [200, 1600, 800].map(|width| to(Some(width), None, None));
        assert_eq!(most_demanding(&widths), [to(Some(1600), None, None)]);
        let square = to(Some(200), Some(200), None);
        let inside = to(Some(200), Some(150), Some(Fit::Inside));
        for both in [[&inside, &square], [&square, &inside]] {
            assert_eq!(most_demanding(both), std::slice::from_ref(&square));
        }
        assert_eq!(most_demanding([]), []);
    }

    #[test]
    fn neither_of_two_pictures_says_what_the_other_needs_if_the_sources_shape_decides() {
        let (wide, high) = (to(Some(1600), None, None), to(None, Some(900), None));
        assert_eq!(most_demanding([&wide, &high]), [wide.clone(), high]);
        let square = to(Some(900), Some(900), None);
        assert_eq!(most_demanding([&wide, &square]), [wide, square]);
    }

    #[test]
    fn a_picture_of_the_sources_size_and_one_without_its_border_need_every_pixel() {
        let small = to(Some(200), Some(200), None);
        let trimmed = Transform { trim: Some(8), ..small.clone() };
        for all in [Transform::default(), trimmed] {
            assert_eq!(most_demanding([&small, &all]), [Transform::default()]);
        }
    }

    #[test]
    fn a_quarter_turn_swaps_the_sides_that_are_needed() {
        let turned = Transform { rotate: Some(90), ..to(Some(300), None, None) };
        assert_eq!(most_demanding([&turned, &to(None, Some(200), None)]), [to(None, Some(300), None)]);
    }

    #[test]
    fn many_pictures_that_need_different_pixels_need_all() {
        let boxes: Vec<Transform> =
            (1..=4).map(|at| to(Some(at * 100), Some(500 - at * 100), None)).collect();
        assert_eq!(most_demanding(&boxes), [Transform::default()]);
        assert_eq!(most_demanding(&boxes[..3]), boxes[..3]);
    }
}
