use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::format::OutputFormat;
use super::header::PIXELS_MAX;

/// The longest side that can be asked for, in pixels.
pub const TARGET_SIDE_PX_MAX: u32 = 8192;

const QUALITY_MAX: u32 = 100;
const JPEG_QUALITY: u32 = 80;
const WEBP_QUALITY: u32 = 75;
const WHITE: [u8; 3] = [u8::MAX; 3];

/// What to make of a picture. All fields are optional; an empty transform encodes the picture anew.
///
/// A picture is never enlarged. A target beyond the source is reduced until it is not, as [`Fit`] says,
/// and the result tells its real size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transform {
    /// 1 to [`TARGET_SIDE_PX_MAX`] pixels. A missing side follows the picture's ratio.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = TARGET_SIDE_PX_MAX), example = 1280)]
    pub width: Option<u32>,
    /// Like `width`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = TARGET_SIDE_PX_MAX))]
    pub height: Option<u32>,
    /// [`Fit::Cover`] if missing. Matters only where both sides are given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fit: Option<Fit>,
    /// The source's format if missing, and PNG for a GIF.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<OutputFormat>,
    /// 1 to 100, if missing 80 for JPEG and 75 for WebP. Refused with an explicit PNG, which loses
    /// nothing, and ignored where the format became PNG for want of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = QUALITY_MAX))]
    pub quality: Option<u32>,
    /// `#rrggbb`: the colour of [`Fit::Contain`]'s bars and, in a JPEG, what shows through transparent
    /// parts. If missing, bars are transparent, and white in a JPEG.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^#[0-9a-fA-F]{6}$"))]
    pub background: Option<String>,
}

/// How a picture is fitted to a target of two sides. The names in JSON are stored, so they never change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// Fills the target exactly and crops what sticks out, evenly on both ends. A target beyond the source
    /// shrinks, in its own ratio, to the largest that the source fills.
    #[default]
    Cover,
    /// Shows all of the picture on a canvas of exactly the target's size. Where that would enlarge the
    /// picture, the canvas shrinks, in its own ratio, to the smallest that holds the picture as it is.
    Contain,
    /// Fits within the target in the picture's ratio.
    Inside,
    /// Squeezes the picture into the target regardless of its ratio; a side beyond the source's stays
    /// the source's.
    Fill,
}

/// A field that is out of bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A JSON pointer within the transform, such as `/width`.
    pub pointer: &'static str,
    pub detail: String,
}

impl Transform {
    /// All that is wrong with the values; nothing for a transform that can be rendered.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut refuse = |pointer, detail| problems.push(Problem { pointer, detail });
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
        if self.quality.is_some_and(|quality| !(1..=QUALITY_MAX).contains(&quality)) {
            refuse("/quality", format!("must be 1 to {QUALITY_MAX}"));
        }
        if self.quality.is_some() && self.format == Some(OutputFormat::Png) {
            refuse("/quality", "does not apply to png, which loses nothing".to_owned());
        }
        if self.background.is_some() && self.colour().is_none() {
            refuse("/background", "must be a colour such as #ffffff".to_owned());
        }
        problems
    }

    pub(super) fn quality_as(&self, format: OutputFormat) -> u8 {
        let default = if format == OutputFormat::Jpeg { JPEG_QUALITY } else { WEBP_QUALITY };
        self.quality.unwrap_or(default).clamp(1, QUALITY_MAX) as u8
    }

    /// The colour of bars, with its alpha.
    pub(super) fn bars(&self) -> [u8; 4] {
        self.colour().map_or([0; 4], |[red, green, blue]| [red, green, blue, u8::MAX])
    }

    /// The colour that an opaque format shows through transparent parts.
    pub(super) fn backdrop(&self) -> [u8; 3] {
        self.colour().unwrap_or(WHITE)
    }

    fn colour(&self) -> Option<[u8; 3]> {
        let digits = self.background.as_deref()?.strip_prefix('#')?;
        let mut colour = [0; 3];
        hex::decode_to_slice(digits, &mut colour).ok()?;
        Some(colour)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pointers(transform: serde_json::Value) -> Vec<&'static str> {
        let transform: Transform = serde_json::from_value(transform).unwrap();
        transform.problems().iter().map(|problem| problem.pointer).collect()
    }

    #[test]
    fn a_full_transform_survives_json_and_has_no_problems() {
        let value = json!({
            "width": 200, "height": 100, "fit": "cover", "format": "webp", "quality": 75,
            "background": "#ffffff",
        });
        let transform: Transform = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(transform.problems(), []);
        assert_eq!(serde_json::to_value(&transform).unwrap(), value);
    }

    #[test]
    fn missing_fields_are_not_written() {
        assert_eq!(serde_json::to_string(&Transform::default()).unwrap(), "{}");
        assert!(pointers(json!({})).is_empty());
    }

    #[test]
    fn unknown_fields_and_names_are_refused() {
        for value in [json!({"with": 1}), json!({"fit": "outside"}), json!({"format": "gif"})] {
            assert!(serde_json::from_value::<Transform>(value).is_err());
        }
    }

    #[test]
    fn each_value_out_of_bounds_is_named() {
        let all = json!({"width": 0, "height": 8193, "quality": 101, "background": "white"});
        assert_eq!(pointers(all), ["/width", "/height", "/quality", "/background"]);
        assert_eq!(pointers(json!({"width": 8192, "height": 8192})), ["/height"]);
        assert_eq!(pointers(json!({"quality": 0})), ["/quality"]);
        assert_eq!(pointers(json!({"quality": 80, "format": "png"})), ["/quality"]);
        assert_eq!(pointers(json!({"background": "#fffffg"})), ["/background"]);
        assert_eq!(pointers(json!({"background": "#fff"})), ["/background"]);
    }
}
