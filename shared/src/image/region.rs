use super::size::Size;

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
