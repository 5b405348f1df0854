//! The work that a recipe calls for, as tokens of the rate limit. A token stands for a tenth of a second of one CPU of
//! media, so a tenant's 100 tokens a second are ten CPUs' work.
//!
//! The time that a step really takes is known when it is done. This is what it may take at most, as far as the request says.

use super::{Action, Recipe, Step};
use crate::image::{AVIF_PIXELS_MAX, PIXELS_MAX, TargetFormat, Transform};

/// So many pixels of a JPEG, a PNG, a WebP or a GIF are encoded in a tenth of a second.
const PIXELS_PER_TOKEN: u64 = 1_000_000;

/// The same of an AVIF: four seconds for a million pixels of a picture that is hard to encode.
const AVIF_PIXELS_PER_TOKEN: u64 = 25_000;

/// So many bytes of a file are read for its digest in a tenth of a second.
const BYTES_PER_TOKEN: u64 = 8 * 1024 * 1024;

/// A file of unknown dimensions has no more pixels than this for each of its bytes, unless it is made on purpose.
const PIXELS_PER_BYTE: u64 = 8;

/// So much is in the price of the request itself.
const INCLUDED_TOKENS: u32 = 4;

impl Recipe {
    /// Returns the tokens of the work on a file of this size, beyond what is in the request's own price: the steps', and
    /// that of comparing the file with a declared digest if it `is_verified`. A `size_bytes` of `None` is not known yet.
    pub fn tokens(&self, size_bytes: Option<u64>, is_verified: bool) -> u32 {
        let file = File {
            bytes: size_bytes.unwrap_or(0),
            pixels: size_bytes.map_or(PIXELS_MAX, |bytes| (bytes * PIXELS_PER_BYTE).min(PIXELS_MAX)),
        };
        let of_digest = if is_verified { file.tokens_of_digest() } else { 0.0 };
        let tokens = of_digest + self.steps.iter().map(|step| file.tokens_of(step)).sum::<f64>();
        (tokens as u32).saturating_sub(INCLUDED_TOKENS)
    }
}

struct File {
    bytes: u64,
    /// At most.
    pixels: u64,
}

impl File {
    fn tokens_of(&self, step: &Step) -> f64 {
        match &step.action {
            Action::Image(transform) => self.tokens_of_image(transform),
            Action::Checksum(_) => self.tokens_of_digest(),
            Action::Metadata(_) => 0.0,
        }
    }

    fn tokens_of_digest(&self) -> f64 {
        self.bytes as f64 / BYTES_PER_TOKEN as f64
    }

    fn tokens_of_image(&self, transform: &Transform) -> f64 {
        let pixels = self.pixels_of(transform);
        match transform.format {
            Some(TargetFormat::Avif | TargetFormat::Auto) => {
                pixels.min(AVIF_PIXELS_MAX) as f64 / AVIF_PIXELS_PER_TOKEN as f64
            }
            _ => pixels as f64 / PIXELS_PER_TOKEN as f64,
        }
    }

    /// The most pixels that the result has, in all frames together.
    fn pixels_of(&self, transform: &Transform) -> u64 {
        if transform.animated == Some(true) {
            return PIXELS_MAX;
        }
        let sides = (transform.width.map(u64::from), transform.height.map(u64::from));
        let target = match sides {
            (Some(width), Some(height)) => width * height,
            // For a picture of two to three, upright or not.
            (Some(side), None) | (None, Some(side)) => side * side * 3 / 2,
            (None, None) => self.pixels,
        };
        if transform.enlarge == Some(true) { target.min(PIXELS_MAX) } else { target.min(self.pixels) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const MIB: u64 = 1024 * 1024;

    fn tokens(steps: &Value, size_bytes: Option<u64>) -> u32 {
        serde_json::from_value::<Recipe>(json!({ "steps": steps })).unwrap().tokens(size_bytes, false)
    }

    fn image(transform: Value) -> Value {
        json!([{ "name": "a", "image": transform }])
    }

    #[test]
    fn what_most_recipes_do_is_in_the_price_of_the_request() {
        let usual = json!([
            { "name": "thumb", "image": { "width": 200, "height": 200, "format": "webp" } },
            { "name": "large", "image": { "width": 1280 } },
            { "name": "exif", "metadata": {} },
            { "name": "digest", "checksum": {} },
        ]);
        assert_eq!(tokens(&usual, Some(5 * MIB)), 0);
        assert_eq!(tokens(&json!([]), None), 0);
    }

    #[test]
    fn an_avif_costs_by_its_pixels() {
        let avif = |transform: Value, size| tokens(&image(transform), Some(size));
        assert_eq!(avif(json!({ "format": "avif" }), 64 * MIB), 163);
        assert_eq!(avif(json!({ "format": "auto" }), 64 * MIB), 163);
        assert_eq!(avif(json!({ "format": "avif", "width": 640 }), 5 * MIB), 20);
        assert_eq!(avif(json!({ "format": "avif", "width": 640, "height": 360 }), 5 * MIB), 5);
        assert_eq!(avif(json!({ "format": "avif", "width": 9000 }), 10_000), 0, "it is not enlarged");
        assert_eq!(avif(json!({ "format": "avif", "width": 9000, "enlarge": true }), 10_000), 163);
    }

    #[test]
    fn large_images_animations_and_large_files_cost_more_and_nothing_passes_its_bound() {
        assert_eq!(tokens(&image(json!({ "format": "png" })), Some(64 * MIB)), 46);
        assert_eq!(tokens(&image(json!({ "format": "png" })), None), 46);
        assert_eq!(tokens(&image(json!({ "animated": true, "width": 20 })), Some(MIB)), 46);
        let digest = json!([{ "name": "digest", "checksum": {} }]);
        assert_eq!(tokens(&digest, Some(5 * 1024 * MIB)), 636);
        assert_eq!(Recipe::default().tokens(Some(5 * 1024 * MIB), true), 636);
        let ten: Vec<Value> = (0..10)
            .map(|step| json!({ "name": format!("s{step}"), "image": { "format": "avif" } }))
            .collect();
        assert_eq!(tokens(&json!(ten), None), 1673);
    }
}
