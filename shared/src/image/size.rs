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
    pub(super) fn reduced(self, factor: f64) -> Self {
        self.scaled(factor, self)
    }

    /// This size multiplied by a factor; no side vanishes or exceeds that of `outer`.
    pub(super) fn scaled(self, factor: f64, outer: Self) -> Self {
        let side = |side: u32, outer: u32| ((f64::from(side) * factor).round() as u32).clamp(1, outer);
        Self { width: side(self.width, outer.width), height: side(self.height, outer.height) }
    }

    /// The factor that makes this size just fit within `outer`.
    pub(super) fn factor_within(self, outer: Self) -> f64 {
        let width_factor = f64::from(outer.width) / f64::from(self.width);
        width_factor.min(f64::from(outer.height) / f64::from(self.height))
    }
}
