//! Colour spaces that a file describes by a few numbers rather than by an ICC profile.

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile, MatrixCoefficients,
    ToneReprCurve, TransferCharacteristics, XyY,
};

use super::Profile;

/// The exponent that encoders write for sRGB's curve, which is none of this kind: 1 / 2.2, give or take its rounding.
const EXPONENTS_OF_SRGB: std::ops::RangeInclusive<f64> = 0.45..=0.46;
/// Beyond, a curve is no picture's.
const EXPONENTS: std::ops::RangeInclusive<f64> = 0.05..=20.0;
/// How far a chromaticity may be from sRGB's to be taken for it.
const SAME_CHROMATICITY: f64 = 0.005;
/// Twice the area of the smallest triangle of primaries that is one.
const AREA_MIN: f64 = 0.001;
/// Curves for light beyond a screen's white.
const PQ: u8 = 16;
const HLG: u8 = 18;

/// The white point and the primaries in red, green, blue, each as x and y.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chromaticities {
    pub white: (f64, f64),
    pub primaries: [(f64, f64); 3],
}

impl Chromaticities {
    const SRGB: Self = Self { white: (0.3127, 0.329), primaries: [(0.64, 0.33), (0.3, 0.6), (0.15, 0.06)] };

    fn is_srgb(&self) -> bool {
        let near = |a: (f64, f64), b: (f64, f64)| {
            (a.0 - b.0).abs() <= SAME_CHROMATICITY && (a.1 - b.1).abs() <= SAME_CHROMATICITY
        };
        near(self.white, Self::SRGB.white)
            && self.primaries.iter().zip(Self::SRGB.primaries).all(|(own, srgb)| near(*own, srgb))
    }

    /// Whether they span colours at all.
    fn is_sane(&self) -> bool {
        let [red, green, blue] = self.primaries;
        let area = (green.0 - red.0) * (blue.1 - red.1) - (blue.0 - red.0) * (green.1 - red.1);
        let is_inside = |(x, y): (f64, f64)| x > 0.0 && y > 0.0 && x + y < 1.0 + SAME_CHROMATICITY;
        let all = [self.white, red, green, blue];
        all.into_iter().all(is_inside) && area.abs() >= AREA_MIN
    }
}

impl Profile {
    /// The colour space of coding-independent code points (ITU-T H.273). None for one that is not known, and for
    /// one of more light than sRGB has, which would have to be tamed first.
    pub fn from_code_points(primaries: u8, transfer: u8) -> Option<Self> {
        if matches!(transfer, PQ | HLG) {
            return None;
        }
        let cicp = CicpProfile {
            color_primaries: CicpColorPrimaries::try_from(primaries).ok()?,
            transfer_characteristics: TransferCharacteristics::try_from(transfer).ok()?,
            matrix_coefficients: MatrixCoefficients::Identity,
            full_range: true,
        };
        let mut profile = ColorProfile::new_srgb();
        // Its result says nothing: it left out all that it did not understand.
        profile.update_rgb_colorimetry_from_cicp(cicp);
        profile.cicp.is_some().then_some(Self(profile))
    }

    /// The colour space of an exponent that light was encoded with and of chromaticities, sRGB's where there are none.
    /// A curve that is meant for sRGB, whose curve has no exponent, is taken for it.
    pub fn from_exponent(exponent: Option<f64>, chromaticities: Option<Chromaticities>) -> Option<Self> {
        let chromaticities = chromaticities.filter(|given| given.is_sane() && !given.is_srgb());
        let exponent = exponent.filter(|exponent| {
            EXPONENTS.contains(exponent)
                && !(chromaticities.is_none() && EXPONENTS_OF_SRGB.contains(exponent))
        });
        if exponent.is_none() && chromaticities.is_none() {
            return None;
        }
        let mut profile = ColorProfile::new_srgb();
        if let Some(Chromaticities { white, primaries }) = chromaticities {
            let [red, green, blue] = primaries.map(|(x, y)| Chromaticity::new(x as f32, y as f32));
            let white = XyY { x: white.0, y: white.1, yb: 1.0 };
            profile.update_rgb_colorimetry(white, ColorPrimaries { red, green, blue });
        }
        if let Some(exponent) = exponent {
            let curve = ToneReprCurve::Parametric(vec![(1.0 / exponent) as f32]);
            profile.red_trc = Some(curve.clone());
            profile.green_trc = Some(curve.clone());
            profile.blue_trc = Some(curve);
        }
        profile.cicp = None;
        Some(Self(profile))
    }
}
