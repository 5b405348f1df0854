use super::format::OutputFormat;
use super::geometry::Size;
use super::raster::Raster;
use super::rejection::Rejection;
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
}

impl Picture {
    /// Makes one picture of this one, the same bytes each time on the same kind of processor.
    pub fn render(&self, transform: &Transform) -> Result<Rendered, Rejection> {
        if let Some(problem) = transform.problems().into_iter().next() {
            return Err(Rejection::InvalidTransform { pointer: problem.pointer, detail: problem.detail });
        }
        let animation = self.animation.as_ref().filter(|_| transform.animated == Some(true));
        let format = transform.format.unwrap_or(match animation {
            Some(_) => OutputFormat::like_animated(self.format),
            None => OutputFormat::like(self.format),
        });
        let quality = transform.quality_as(format);
        let stages = Stages::plan(self, transform, format)?;
        let bytes = match animation {
            Some(animation) => animation.render(&stages, format, quality)?,
            None => encode(&*stages.run(&self.raster)?, format, quality)?,
        };
        let Size { width, height } = stages.canvas();
        Ok(Rendered { bytes, format, width, height })
    }
}

fn encode(canvas: &Raster, format: OutputFormat, quality: u8) -> Result<Vec<u8>, Rejection> {
    match format {
        OutputFormat::Jpeg => jpeg::encode(canvas, quality),
        OutputFormat::Png => png::encode(canvas),
        OutputFormat::WebP => webp::encode(canvas, quality),
        OutputFormat::Avif => avif::encode(canvas, quality),
        OutputFormat::Gif => gif::encode(canvas),
    }
}
