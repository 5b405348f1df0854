use std::borrow::Cow;

use super::animation::Animation;
use super::error::Error;
use super::format::{OutputFormat, SourceFormat, TargetFormat};
use super::raster::{Channels, Raster};
use super::size::Size;
use super::stages::Stages;
use super::transform::Transform;
use super::{Picture, avif, gif, jpeg, png, webp};

/// A made picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub bytes: Vec<u8>,
    pub format: OutputFormat,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// The same picture in smaller files that not everybody can read, the smallest first. Only for `auto`.
    pub alternatives: Vec<Alternative>,
}

/// A made picture in another format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    pub bytes: Vec<u8>,
    pub format: OutputFormat,
}

impl Picture {
    /// Makes one picture of this one, the same bytes each time on the same kind of processor.
    pub fn render(&self, transform: &Transform) -> Result<Rendered, Error> {
        if let Some(error) = transform.field_errors().into_iter().next() {
            return Err(Error::InvalidTransform { pointer: error.pointer, detail: error.detail });
        }
        if !self.serves(transform) {
            let format = OutputFormat::like(self.format);
            let detail = "the picture was decoded for other transforms".into();
            return Err(Error::Unencodable { format, detail, source: None });
        }
        let animation = self.animation.as_ref().filter(|_| transform.animated == Some(true));
        let format = match transform.format {
            Some(TargetFormat::Auto) => self.format_for_everybody(animation),
            Some(format) => format.output().unwrap_or(OutputFormat::like(self.format)),
            None if animation.is_some() => OutputFormat::like_animated(self.format),
            None => OutputFormat::like(self.format),
        };
        let stages = Stages::plan(self, transform, format)?;
        let size = stages.canvas();
        let mut drawing = Drawing { picture: self, animation, transform, stages, drawn: None };
        let bytes = drawing.encode(format)?;
        let mut alternatives = Vec::new();
        if transform.format == Some(TargetFormat::Auto) {
            for &format in
                format.alternatives(animation.is_some()).iter().filter(|format| holds(**format, size))
            {
                // The picture is there without it.
                if format == OutputFormat::WebP && !drawing.fits_webp() {
                    continue;
                }
                alternatives.push(Alternative { bytes: drawing.encode(format)?, format });
            }
        }
        alternatives.retain(|alternative| alternative.bytes.len() < bytes.len());
        alternatives.sort_by_key(|alternative| alternative.bytes.len());
        let Size { width, height } = size;
        Ok(Rendered { bytes, format, width, height, alternatives })
    }

    const fn format_for_everybody(&self, animation: Option<&Animation>) -> OutputFormat {
        match (self.format, self.stored.channels()) {
            (format, _) if animation.is_some() => OutputFormat::like_animated(format),
            (SourceFormat::WebP, Channels::Rgb) => OutputFormat::Jpeg,
            (SourceFormat::WebP | SourceFormat::Heic, Channels::Rgba) => OutputFormat::Png,
            (format, _) => OutputFormat::like(format),
        }
    }
}

/// Whether a format can hold a picture of this size as it is.
fn holds(format: OutputFormat, Size { width, height }: Size) -> bool {
    let side = format.side_px_max();
    width <= side && height <= side && u64::from(width) * u64::from(height) <= format.pixels_max()
}

/// A picture that is drawn once, in whatever formats it is encoded.
struct Drawing<'a> {
    picture: &'a Picture,
    animation: Option<&'a Animation>,
    transform: &'a Transform,
    stages: Stages<'a>,
    drawn: Option<Cow<'a, Raster>>,
}

impl Drawing<'_> {
    /// Whether what is drawn is small enough for its transparency.
    fn fits_webp(&self) -> bool {
        self.drawn.as_deref().is_none_or(webp::holds)
    }

    fn encode(&mut self, format: OutputFormat) -> Result<Vec<u8>, Error> {
        let quality = self.transform.quality_as(format);
        if let Some(animation) = self.animation {
            return animation.render(&self.stages, format, quality);
        }
        let drawn = match self.drawn.take() {
            Some(drawn) => drawn,
            None => self.stages.draw_stored(&self.picture.stored)?,
        };
        let drawn = self.drawn.insert(drawn);
        encode(&self.stages.flatten(Cow::Borrowed(drawn), format), format, quality)
    }
}

fn encode(canvas: &Raster, format: OutputFormat, quality: u8) -> Result<Vec<u8>, Error> {
    match format {
        OutputFormat::Jpeg => jpeg::encode(canvas, quality),
        OutputFormat::Png => png::encode(canvas),
        OutputFormat::WebP => webp::encode(canvas, quality),
        OutputFormat::Avif => avif::encode(canvas, quality),
        OutputFormat::Gif => gif::encode(canvas),
    }
}
