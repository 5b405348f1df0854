use std::sync::Arc;

use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};

use super::raster::{Channels, Raster};

/// The largest colour profile that is honoured, in bytes; those of printing presses come near 3 MiB.
pub const PROFILE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The colour space that a file's numbers are in, by its embedded ICC profile.
pub struct Profile(ColorProfile);

/// What a file's numbers count.
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

    /// Converts pixels of cyan, magenta, yellow and black, full ink being 255, to RGB.
    /// Says `None` for a profile that cannot be used.
    pub fn convert_cmyk(&self, cmyk: &[u8]) -> Option<Vec<u8>> {
        let transform = self.transform(Layout::Rgba, Layout::Rgb)?;
        let mut rgb = vec![0; cmyk.len() / 4 * 3];
        transform.transform(cmyk, &mut rgb).ok()?;
        Some(rgb)
    }

    fn transform(&self, from: Layout, to: Layout) -> Option<Arc<Transform8BitExecutor>> {
        let options =
            TransformOptions { rendering_intent: self.0.rendering_intent, ..TransformOptions::default() };
        self.0.create_transform_8bit(from, &ColorProfile::new_srgb(), to, options).ok()
    }
}

/// Converts one row. The lengths fit by construction; a row that the library refuses stays as it is.
fn convert_row(transform: &Transform8BitExecutor, source: &[u8], row: &mut [u8]) {
    let _ = transform.transform(source, row);
}
