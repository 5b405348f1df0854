//! The part of a stored picture that is worked on, and how it is turned to be seen.

use super::geometry::Size;
use super::orientation::Orientation;

/// A part of a picture as it is stored, in pixels. It is never empty and never sticks out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    pub left: u32,
    pub top: u32,
    pub size: Size,
}

impl Region {
    pub const fn whole(size: Size) -> Self {
        Self { left: 0, top: 0, size }
    }
}

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
