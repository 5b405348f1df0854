use std::sync::Arc;

use moxcms::{ColorProfile, Layout, ProfileVersion, RenderingIntent, Transform16BitExecutor};

use super::{BYTE, Profile};

const LEVELS: usize = 1 << 16;
/// The light of the darkest colour of the perceptual intent's reference medium, by the specification of version 4.
const PERCEPTUAL_BLACK: f64 = 0.003_473_1;
/// A black that reflects more is no black, as lcms has it: an L* of 50.
const BLACK_MAX: f64 = 0.184_186_5;

/// The conversion of cyan, magenta, yellow and black to sRGB by a profile, with black point compensation: the darkest
/// that the inks can print becomes black.
pub struct CmykTransform {
    to_srgb: Arc<Transform16BitExecutor>,
    /// The compensated byte for each level of a channel.
    compensated: Vec<u8>,
}

impl Profile {
    /// None for a profile that cannot be used.
    pub fn cmyk_transform(&self) -> Option<CmykTransform> {
        let to_srgb = self
            .0
            .create_transform_16bit(Layout::Rgba, &ColorProfile::new_srgb(), Layout::Rgb, self.options())
            .ok()?;
        let black = self.black_point(&*to_srgb)?;
        let compensated = (0..LEVELS).map(|level| compensated(level, black)).collect();
        Some(CmykTransform { to_srgb, compensated })
    }

    /// The light of the darkest colour, as a share of white's. Its hue is not compensated, so that neutrals stay so.
    fn black_point(&self, to_srgb: &Transform16BitExecutor) -> Option<f64> {
        match self.0.rendering_intent {
            RenderingIntent::AbsoluteColorimetric => return Some(0.0),
            RenderingIntent::Perceptual | RenderingIntent::Saturation
                if self.0.version() >= ProfileVersion::V4_0 =>
            {
                return Some(PERCEPTUAL_BLACK);
            }
            _ => {}
        }
        let mut rgb = [0; 3];
        to_srgb.transform(&[u16::MAX; 4], &mut rgb).ok()?;
        let [red, green, blue] = rgb.map(|level| linear(f64::from(level) / f64::from(u16::MAX)));
        // How much sRGB's primaries add to the light, seen under D50.
        Some((0.2225 * red + 0.7169 * green + 0.0606 * blue).min(BLACK_MAX))
    }
}

impl CmykTransform {
    /// Converts pixels in which full ink is 0. Says `false` if the profile fails.
    pub fn run(&self, inks: &[[u8; 4]], rgb: &mut [[u8; 3]]) -> bool {
        let inks: Vec<u16> = inks.iter().flatten().map(|light| u16::from(u8::MAX - light) * BYTE).collect();
        let mut converted = vec![0; rgb.len() * 3];
        if self.to_srgb.transform(&inks, &mut converted).is_err() {
            return false;
        }
        for (byte, level) in rgb.as_flattened_mut().iter_mut().zip(converted) {
            *byte = self.compensated[usize::from(level)];
        }
        true
    }
}

/// White stays white, `black` becomes black, and what lies between moves in proportion to its light.
fn compensated(level: usize, black: f64) -> u8 {
    let light = linear(level as f64 / (LEVELS - 1) as f64);
    let light = ((light - black) / (1.0 - black)).max(0.0);
    let encoded = if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (encoded * 255.0).round() as u8
}

/// The light of a share of full sRGB.
fn linear(encoded: f64) -> f64 {
    if encoded <= 0.040_45 { encoded / 12.92 } else { ((encoded + 0.055) / 1.055).powf(2.4) }
}
