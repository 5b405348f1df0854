//! The only module that calls libwebp: WebP pictures to and from pixels, and animations from them.
#![expect(unsafe_code, reason = "libwebp is a C library, and the fastest for its format")]

mod animator;

use std::ffi::c_int;
use std::fmt;
use std::mem::MaybeUninit;

use libwebp_sys::{
    VP8StatusCode, WebPBitstreamFeatures, WebPConfig, WebPDecodeRGBAInto, WebPDecodeRGBInto, WebPEncode,
    WebPEncodingError, WebPGetFeatures, WebPMemoryWrite, WebPMemoryWriter, WebPMemoryWriterClear,
    WebPMemoryWriterInit, WebPPicture, WebPPictureFree, WebPPictureImportRGB, WebPPictureImportRGBA,
};

use crate::image::raster::{Channels, Raster};
use crate::image::size::Size;

pub use self::animator::Animator;

/// The balance between time and size, 0 to 6; 4 is libwebp's own and sharp's.
const METHOD: c_int = 4;

/// Decodes a still picture that must have the size given: the caller has checked it against the bounds.
/// Says `None` for one that is damaged or incomplete, all that libwebp tells.
pub fn decode(bytes: &[u8], size: Size) -> Option<Raster> {
    let mut features = MaybeUninit::<WebPBitstreamFeatures>::uninit();
    // SAFETY: libwebp reads at most `bytes.len()` bytes, and fills the features in if it answers OK.
    let features = unsafe {
        let status = WebPGetFeatures(bytes.as_ptr(), bytes.len(), features.as_mut_ptr());
        if status != VP8StatusCode::VP8_STATUS_OK {
            return None;
        }
        features.assume_init()
    };
    if u32::try_from(features.width).ok()? != size.width
        || u32::try_from(features.height).ok()? != size.height
    {
        return None;
    }
    let channels = if features.has_alpha == 0 { Channels::Rgb } else { Channels::Rgba };
    let mut pixels = vec![0; size.pixels().checked_mul(channels.count())?];
    let raster_row = c_int::try_from(size.width as usize * channels.count()).ok()?;
    let decode_into = match channels {
        Channels::Rgb => WebPDecodeRGBInto,
        Channels::Rgba => WebPDecodeRGBAInto,
    };
    // SAFETY: libwebp reads at most `bytes.len()` bytes, and writes rows of `raster_row` bytes, of which
    // there are `size.height`, into a buffer whose length it is told and checks.
    let decoded =
        unsafe { decode_into(bytes.as_ptr(), bytes.len(), pixels.as_mut_ptr(), pixels.len(), raster_row) };
    (!decoded.is_null()).then_some(Raster { width: size.width, height: size.height, channels, pixels })
}

/// Encodes with loss; transparency is kept without, and colours under transparent parts are not.
pub fn encode(raster: &Raster, quality: u8) -> Result<Vec<u8>, EncodeError> {
    encode_with(&lossy(quality)?, raster)
}

fn lossy(quality: u8) -> Result<WebPConfig, EncodeError> {
    let mut config = WebPConfig::new().map_err(|()| EncodeError::VERSION)?;
    config.quality = f32::from(quality);
    config.method = METHOD;
    Ok(config)
}

/// Encodes without loss.
#[cfg(test)]
pub fn encode_lossless(raster: &Raster) -> Vec<u8> {
    let mut config = WebPConfig::new().unwrap();
    config.lossless = 1;
    config.exact = 1;
    encode_with(&config, raster).unwrap()
}

/// libwebp's error for a picture that it does not encode.
#[derive(Debug)]
pub struct EncodeError(WebPEncodingError);

impl EncodeError {
    /// The library is not the version that the bindings were made for.
    const VERSION: Self = Self(WebPEncodingError::VP8_ENC_ERROR_INVALID_CONFIGURATION);
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "libwebp answered {:?}", self.0)
    }
}

impl std::error::Error for EncodeError {}

fn encode_with(config: &WebPConfig, raster: &Raster) -> Result<Vec<u8>, EncodeError> {
    let mut output = Output::new();
    let mut input = Input::new(raster, config.lossless != 0)?;
    input.0.writer = Some(WebPMemoryWrite);
    input.0.custom_ptr = (&raw mut output.0).cast();
    // SAFETY: the configuration and the picture are initialised. The writer that libwebp hands its bytes
    // to is `output`, which outlives the call and is not touched meanwhile.
    if unsafe { WebPEncode(config, &raw mut input.0) } == 0 {
        return Err(EncodeError(input.0.error_code));
    }
    Ok(output.to_vec())
}

/// A picture in libwebp's own memory.
struct Input(WebPPicture);

impl Input {
    fn new(raster: &Raster, lossless: bool) -> Result<Self, EncodeError> {
        let bad_size = |_| EncodeError(WebPEncodingError::VP8_ENC_ERROR_BAD_DIMENSION);
        let mut picture = WebPPicture::new().map_err(|()| EncodeError::VERSION)?;
        picture.width = c_int::try_from(raster.width).map_err(bad_size)?;
        picture.height = c_int::try_from(raster.height).map_err(bad_size)?;
        picture.use_argb = c_int::from(lossless);
        let row_bytes = c_int::try_from(raster.row_bytes()).map_err(bad_size)?;
        if raster.pixels.len() != raster.row_bytes() * raster.height as usize {
            return Err(EncodeError(WebPEncodingError::VP8_ENC_ERROR_BAD_DIMENSION));
        }
        let import = match raster.channels {
            Channels::Rgb => WebPPictureImportRGB,
            Channels::Rgba => WebPPictureImportRGBA,
        };
        let mut input = Self(picture);
        // SAFETY: the picture is initialised, and the pixels are `height` rows of `row_bytes` bytes, as
        // checked above, which libwebp copies.
        if unsafe { import(&raw mut input.0, raster.pixels.as_ptr(), row_bytes) } == 0 {
            return Err(EncodeError(input.0.error_code));
        }
        Ok(input)
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        // SAFETY: the picture is initialised, and what it points to is its own.
        unsafe { WebPPictureFree(&raw mut self.0) }
    }
}

/// Bytes in libwebp's own memory.
struct Output(WebPMemoryWriter);

impl Output {
    fn new() -> Self {
        let mut writer = MaybeUninit::uninit();
        // SAFETY: the call initialises the whole writer.
        Self(unsafe {
            WebPMemoryWriterInit(writer.as_mut_ptr());
            writer.assume_init()
        })
    }

    fn to_vec(&self) -> Vec<u8> {
        if self.0.mem.is_null() {
            return Vec::new();
        }
        // SAFETY: the writer owns `size` initialised bytes at `mem`.
        unsafe { std::slice::from_raw_parts(self.0.mem, self.0.size) }.to_vec()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // SAFETY: the writer is initialised, and its memory is its own.
        unsafe { WebPMemoryWriterClear(&raw mut self.0) }
    }
}
