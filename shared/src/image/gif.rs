mod animator;
mod blocks;
mod palette;

use gif::{ColorOutput, DecodeOptions, Decoder, DisposalMethod, MemoryLimit};

use super::animation::{Animation, Shown};
use super::bounds::PIXELS_MAX;
use super::error::{Cause, Error};
use super::format::SourceFormat;
use super::header::Header;
use super::orientation::Orientation;
use super::raster::Raster;
use super::size::Size;
use super::{Picture, Stored};

pub use self::animator::Animator;
pub use self::blocks::{Survey, read_size};

const TRANSPARENT: [u8; 4] = [0; 4];
const MS_PER_TICK: u32 = 10;

/// Decodes the first frame, which may cover only a part of the screen.
pub fn decode(bytes: &[u8], header: Header) -> Result<Picture, Error> {
    let Survey { timeline, file, is_cut } = Survey::of(bytes)?;
    let first = Frames::new(&file).and_then(|mut frames| frames.next());
    let first = match first {
        Err(Error::Corrupt { .. }) if is_cut => return Err(Error::Truncated { format: SourceFormat::Gif }),
        first => first?.ok_or(const { Error::corrupt(SourceFormat::Gif, "has no frame") })?,
    };
    let mut raster = Raster::filled(header.size(), TRANSPARENT);
    first.draw(&mut raster);
    Ok(Picture {
        format: SourceFormat::Gif,
        stored: Stored::Raster(raster.without_idle_alpha()),
        orientation: Orientation::default(),
        profile: None,
        animation: Animation::of(file, SourceFormat::Gif, header.size(), timeline),
    })
}

/// Encodes a single frame.
pub fn encode(raster: &Raster) -> Result<Vec<u8>, Error> {
    let mut animator = Animator::new(raster.size(), 1)?;
    animator.add(raster, 0)?;
    animator.finish()
}

/// Decodes all frames and shows the screen after each.
pub fn each_frame(
    bytes: &[u8],
    screen: Size,
    mut show: impl FnMut(Shown<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut frames = Frames::new(bytes)?;
    let mut canvas = Raster::filled(screen, TRANSPARENT);
    while let Some(frame) = frames.next()? {
        let before = (frame.disposal == DisposalMethod::Previous).then(|| canvas.clone());
        frame.draw(&mut canvas);
        show(Shown { canvas: &canvas, duration_ms: frame.duration_ms })?;
        match before {
            Some(before) => canvas = before,
            None if frame.disposal == DisposalMethod::Background => {
                canvas.clear(frame.left, frame.top, frame.size);
            }
            None => {}
        }
    }
    Ok(())
}

/// A frame as it is stored.
struct Frame {
    left: u32,
    top: u32,
    size: Size,
    duration_ms: u32,
    disposal: DisposalMethod,
    /// The palette as a full table: an index beyond it is transparent.
    colours: [[u8; 4]; 256],
    indexes: Vec<u8>,
}

impl Frame {
    /// Draws what is not transparent; what lies beyond the screen is cut away.
    fn draw(&self, canvas: &mut Raster) {
        let row_pixels = canvas.width as usize;
        let rows = canvas.pixels.as_chunks_mut::<4>().0.chunks_exact_mut(row_pixels).skip(self.top as usize);
        for (row, indexes) in rows.zip(self.indexes.chunks_exact(self.size.width.max(1) as usize)) {
            for (pixel, index) in row.iter_mut().skip(self.left as usize).zip(indexes) {
                let colour = self.colours[usize::from(*index)];
                if colour != TRANSPARENT {
                    *pixel = colour;
                }
            }
        }
    }
}

struct Frames<'a>(Decoder<&'a [u8]>);

impl<'a> Frames<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::Indexed);
        options.set_memory_limit(MemoryLimit::Unlimited); // each frame's size is checked before it is decoded
        Ok(Self(options.read_info(bytes).map_err(corrupt)?))
    }

    fn next(&mut self) -> Result<Option<Frame>, Error> {
        let Some(frame) = self.0.next_frame_info().map_err(corrupt)? else { return Ok(None) };
        let size = Size { width: frame.width.into(), height: frame.height.into() };
        let (left, top) = (frame.left.into(), frame.top.into());
        let duration_ms = u32::from(frame.delay) * MS_PER_TICK;
        let (disposal, transparent) = (frame.dispose, frame.transparent);
        if size.pixels() as u64 > PIXELS_MAX {
            return Err(Error::ImageTooLarge { width: size.width, height: size.height });
        }
        let mut colours = colours(self.0.palette().map_err(corrupt)?);
        if let Some(index) = transparent {
            colours[usize::from(index)] = TRANSPARENT;
        }
        let mut indexes = vec![0; size.pixels()];
        if !indexes.is_empty() {
            self.0.read_into_buffer(&mut indexes).map_err(corrupt)?;
        }
        Ok(Some(Frame { left, top, size, duration_ms, disposal, colours, indexes }))
    }
}

fn colours(palette: &[u8]) -> [[u8; 4]; 256] {
    let mut colours = [TRANSPARENT; 256];
    for (colour, &[red, green, blue]) in colours.iter_mut().zip(palette.as_chunks().0) {
        *colour = [red, green, blue, u8::MAX];
    }
    colours
}

fn corrupt(cause: impl Into<Cause>) -> Error {
    Error::corrupt_by(SourceFormat::Gif, "has damaged or missing pixels", cause)
}
