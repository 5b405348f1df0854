//! The part of a stored picture that is worked on, and how it is turned to be seen.

use super::orientation::Orientation;
use super::region::Region;
use super::size::Size;

/// A region and the way that it is turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    pub region: Region,
    pub orientation: Orientation,
}

impl View {
    /// The size that is seen.
    pub const fn size(&self) -> Size {
        self.orientation.turned(self.region.size)
    }
}
