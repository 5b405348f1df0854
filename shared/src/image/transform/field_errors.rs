//! The bounds of a transform's values.

use super::{Fit, QUALITY_MAX, Transform};
use crate::error::FieldError;
use crate::image::bounds::PIXELS_MAX;
use crate::image::format::TargetFormat;

/// The longest side that can be asked for, in pixels.
pub const TARGET_SIDE_PX_MAX: u32 = 8192;
/// The strongest blur, as a standard deviation in pixels.
pub const BLUR_SIGMA_PX_MAX: u32 = 100;
/// The most that a border's colour may vary, in steps of a channel.
pub const TRIM_TOLERANCE_MAX: u32 = 128;

const ANGLES: [u32; 4] = [0, 90, 180, 270];

impl Transform {
    /// All that is wrong with the values, with pointers within the transform such as `/width`; nothing for one that can be
    /// rendered.
    pub fn field_errors(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut refuse = |pointer: &str, detail: String| errors.push(FieldError::new(pointer, detail));
        for (pointer, side) in [("/width", self.width), ("/height", self.height)] {
            if side.is_some_and(|side| !(1..=TARGET_SIDE_PX_MAX).contains(&side)) {
                refuse(pointer, format!("must be 1 to {TARGET_SIDE_PX_MAX} pixels"));
            }
        }
        if let (Some(width), Some(height)) = (self.width, self.height)
            && u64::from(width) * u64::from(height) > PIXELS_MAX
        {
            refuse("/height", format!("width × height must be at most {PIXELS_MAX} pixels"));
        }
        if self.gravity.is_some() && self.fit.is_some_and(|fit| fit != Fit::Cover) {
            refuse("/gravity", "applies to the fit cover alone".to_owned());
        }
        if self.enlarge == Some(true) && self.width.is_none() && self.height.is_none() {
            refuse("/enlarge", "needs a width or a height".to_owned());
        }
        if self.rotate.is_some_and(|angle| !ANGLES.contains(&angle)) {
            refuse("/rotate", "must be 0, 90, 180 or 270".to_owned());
        }
        if self.trim.is_some_and(|tolerance| tolerance > TRIM_TOLERANCE_MAX) {
            refuse("/trim", format!("must be 0 to {TRIM_TOLERANCE_MAX}"));
        }
        if self.blur.is_some_and(|sigma| !(1..=BLUR_SIGMA_PX_MAX).contains(&sigma)) {
            refuse("/blur", format!("must be 1 to {BLUR_SIGMA_PX_MAX}"));
        }
        let output = self.format.and_then(TargetFormat::output);
        if self.animated == Some(true) && output.is_some_and(|format| !format.keeps_animation()) {
            refuse("/animated", "needs the format webp or gif".to_owned());
        }
        if self.animated != Some(true) && self.format == Some(TargetFormat::Gif) {
            refuse("/format", "gif is for animations: with animated".to_owned());
        }
        if let (Some(width), Some(height), Some(format)) = (self.width, self.height, output)
            && u64::from(width) * u64::from(height) > format.pixels_max()
            && format.pixels_max() < PIXELS_MAX
        {
            refuse(
                "/height",
                format!("width × height must be at most {} pixels as {}", format.pixels_max(), format),
            );
        }
        if self.quality.is_some_and(|quality| !(1..=QUALITY_MAX).contains(&quality)) {
            refuse("/quality", format!("must be 1 to {QUALITY_MAX}"));
        }
        if self.quality.is_some() && self.format == Some(TargetFormat::Auto) {
            refuse("/quality", "does not apply to auto: each format has its own".to_owned());
        }
        if self.quality.is_some() && self.format == Some(TargetFormat::Png) {
            refuse("/quality", "does not apply to png, which loses nothing".to_owned());
        }
        if self.quality.is_some() && self.format == Some(TargetFormat::Gif) {
            refuse("/quality", "does not apply to gif".to_owned());
        }
        if self.background.is_some() && self.colour().is_none() {
            refuse("/background", "must be a colour such as #ffffff".to_owned());
        }
        errors
    }
}
