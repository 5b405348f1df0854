mod cmyk;
mod described;

use std::sync::Arc;

use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};

use super::raster::{Channels, Raster};

pub use self::cmyk::CmykTransform;
pub use self::described::Chromaticities;

/// The largest colour profile that is honoured, in bytes; those of printing presses come near 3 MiB.
pub const PROFILE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How far a profile's colours may be from sRGB's to be taken for them, in steps of 8 bits: what rounding makes.
const SAME_AS_SRGB: u8 = 1;
/// The distance of the values of each colour that are compared.
const PROBE_STEP: usize = 17;
/// A byte in 16 bits.
const BYTE: u16 = 257;

/// The colour space that a file's numbers are in.
pub struct Profile(ColorProfile);

/// The colours that a file's numbers stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inks {
    Grey,
    Rgb,
    Cmyk,
}

impl Profile {
    /// Reads an ICC profile. One that is broken, too large or for other inks is ignored, as browsers do:
    /// the picture is then taken for sRGB.
    pub fn parse(icc: &[u8], inks: Inks) -> Option<Self> {
        if icc.len() > PROFILE_BYTES_MAX {
            return None;
        }
        let profile = ColorProfile::new_from_slice(icc).ok()?;
        let expected = match inks {
            Inks::Grey => DataColorSpace::Gray,
            Inks::Rgb => DataColorSpace::Rgb,
            Inks::Cmyk => DataColorSpace::Cmyk,
        };
        (profile.color_space == expected).then_some(Self(profile))
    }

    /// Nothing for a profile of sRGB: converting would change nothing, or by rounding alone.
    pub fn unless_srgb(self) -> Option<Self> {
        let is_srgb = self.is_srgb().unwrap_or(false);
        (!is_srgb).then_some(self)
    }

    fn is_srgb(&self) -> Option<bool> {
        let steps = || (0..=u8::MAX).step_by(PROBE_STEP);
        let greys = (0..=u8::MAX).map(|grey| [grey; 3]);
        let colours = steps().flat_map(|red| steps().map(move |green| (red, green)));
        let colours = colours.flat_map(|(red, green)| steps().map(move |blue| [red, green, blue]));
        let (layout, expected): (_, Vec<[u8; 3]>) = match self.0.color_space {
            DataColorSpace::Gray => (Layout::Gray, greys.collect()),
            DataColorSpace::Rgb => (Layout::Rgb, greys.chain(colours).collect()),
            _ => return None,
        };
        let given: Vec<u8> = match layout {
            Layout::Gray => (0..=u8::MAX).collect(),
            _ => expected.as_flattened().to_vec(),
        };
        let mut converted = vec![0; expected.len() * 3];
        self.transform(layout, Layout::Rgb)?.transform(&given, &mut converted).ok()?;
        let mut pairs = converted.iter().zip(expected.as_flattened());
        Some(pairs.all(|(converted, expected)| converted.abs_diff(*expected) <= SAME_AS_SRGB))
    }

    /// Converts a picture to sRGB. A grey picture comes with its grey in all three colours.
    pub fn convert(&self, raster: &mut Raster) {
        let layout = match raster.channels {
            Channels::Rgb => Layout::Rgb,
            Channels::Rgba => Layout::Rgba,
        };
        if self.0.color_space == DataColorSpace::Gray {
            return self.convert_grey(raster, layout);
        }
        let Some(transform) = self.transform(layout, layout) else { return };
        let mut source = Vec::with_capacity(raster.row_bytes());
        let row_bytes = raster.row_bytes();
        for row in raster.pixels.chunks_exact_mut(row_bytes) {
            source.clear();
            source.extend_from_slice(row);
            convert_row(&*transform, &source, row);
        }
    }

    fn convert_grey(&self, raster: &mut Raster, layout: Layout) {
        let grey_layout = if layout == Layout::Rgba { Layout::GrayAlpha } else { Layout::Gray };
        let Some(transform) = self.transform(grey_layout, layout) else { return };
        let mut source = Vec::with_capacity(raster.row_bytes());
        let row_bytes = raster.row_bytes();
        for row in raster.pixels.chunks_exact_mut(row_bytes) {
            source.clear();
            match raster.channels {
                Channels::Rgb => source.extend(row.as_chunks().0.iter().map(|&[grey, _, _]| grey)),
                Channels::Rgba => {
                    source.extend(row.as_chunks().0.iter().flat_map(|&[grey, _, _, alpha]| [grey, alpha]));
                }
            }
            convert_row(&*transform, &source, row);
        }
    }

    fn transform(&self, from: Layout, to: Layout) -> Option<Arc<Transform8BitExecutor>> {
        self.0.create_transform_8bit(from, &ColorProfile::new_srgb(), to, self.options()).ok()
    }

    fn options(&self) -> TransformOptions {
        // Fixed point loses a step on half of all levels, and is not what takes the time.
        TransformOptions {
            rendering_intent: self.0.rendering_intent,
            prefer_fixed_point: false,
            ..TransformOptions::default()
        }
    }
}

/// Converts one row. The lengths fit by construction; a row that the library refuses stays as it is.
fn convert_row(transform: &Transform8BitExecutor, source: &[u8], row: &mut [u8]) {
    let _ = transform.transform(source, row);
}
