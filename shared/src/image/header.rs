use super::format::SourceFormat;
use super::size::Size;

/// The format and size of an image, by the first bytes of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub format: SourceFormat,
    /// Width in pixels as stored: an orientation that turns the picture by a quarter swaps the sides.
    pub width: u32,
    /// Height in pixels as stored.
    pub height: u32,
}

impl Header {
    pub(super) const fn size(self) -> Size {
        Size { width: self.width, height: self.height }
    }
}
