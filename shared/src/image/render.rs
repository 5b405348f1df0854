use super::format::OutputFormat;
use super::rejection::Rejection;
use super::stages::Stages;
use super::transform::Transform;
use super::{Picture, jpeg, png, webp};
use crate::image::raster::Raster;

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
        let format = transform.format.unwrap_or(OutputFormat::like(self.format));
        let canvas = Stages::plan(self, transform, format)?.run(&self.raster)?;
        let bytes = encode(&canvas, format, transform.quality_as(format))?;
        Ok(Rendered { bytes, format, width: canvas.width, height: canvas.height })
    }
}

fn encode(canvas: &Raster, format: OutputFormat, quality: u8) -> Result<Vec<u8>, Rejection> {
    match format {
        OutputFormat::Jpeg => jpeg::encode(canvas, quality),
        OutputFormat::Png => png::encode(canvas),
        OutputFormat::WebP => webp::encode(canvas, quality),
    }
}
