use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

use libwebp_sys::{
    WEBP_MUX_ABI_VERSION, WebPAnimEncoder, WebPAnimEncoderAdd, WebPAnimEncoderAssemble,
    WebPAnimEncoderDelete, WebPAnimEncoderNewInternal, WebPAnimEncoderOptions,
    WebPAnimEncoderOptionsInitInternal, WebPConfig, WebPData, WebPDataClear, WebPEncodingError,
};

use super::{EncodeError, Input, lossy};
use crate::image::raster::Raster;
use crate::image::size::Size;

/// The longest that a frame is shown, in milliseconds; the format has 24 bits for it.
const DURATION_MS_MAX: u32 = (1 << 24) - 1;
const ABI_VERSION: c_int = WEBP_MUX_ABI_VERSION as c_int;

/// Encodes an animation: of each frame what differs from the one before.
pub struct Animator {
    encoder: NonNull<WebPAnimEncoder>,
    config: WebPConfig,
    /// When the next frame is shown.
    at_ms: c_int,
}

impl Animator {
    /// `plays` is how many times to show all frames; 0 is for ever.
    pub fn new(size: Size, plays: u16, quality: u8) -> Result<Self, EncodeError> {
        let config = lossy(quality)?;
        let mut options = MaybeUninit::<WebPAnimEncoderOptions>::uninit();
        // SAFETY: the call fills the options in if it answers other than 0.
        let mut options = unsafe {
            if WebPAnimEncoderOptionsInitInternal(options.as_mut_ptr(), ABI_VERSION) == 0 {
                return Err(EncodeError::VERSION);
            }
            options.assume_init()
        };
        options.anim_params.loop_count = c_int::from(plays);
        options.anim_params.bgcolor = 0;
        let bad_size = |_| EncodeError(WebPEncodingError::VP8_ENC_ERROR_BAD_DIMENSION);
        let (width, height) =
            (c_int::try_from(size.width).map_err(bad_size)?, c_int::try_from(size.height).map_err(bad_size)?);
        // SAFETY: the options are initialised, and libwebp copies them.
        let encoder = unsafe { WebPAnimEncoderNewInternal(width, height, &raw const options, ABI_VERSION) };
        let encoder =
            NonNull::new(encoder).ok_or(EncodeError(WebPEncodingError::VP8_ENC_ERROR_OUT_OF_MEMORY))?;
        Ok(Self { encoder, config, at_ms: 0 })
    }

    pub fn add(&mut self, picture: &Raster, duration_ms: u32) -> Result<(), EncodeError> {
        let mut input = Input::new(picture, true)?;
        // SAFETY: encoder, picture and configuration are initialised; libwebp keeps nothing of the picture
        // when the call is over.
        let is_added = unsafe {
            WebPAnimEncoderAdd(self.encoder.as_ptr(), &raw mut input.0, self.at_ms, &raw const self.config)
        };
        if is_added == 0 {
            return Err(EncodeError(input.0.error_code));
        }
        self.at_ms = self.at_ms.saturating_add(duration_ms.min(DURATION_MS_MAX) as c_int);
        Ok(())
    }

    pub fn finish(self) -> Result<Vec<u8>, EncodeError> {
        let mut data = WebPData::default();
        // SAFETY: the encoder is initialised; a null frame tells it when the last one ends. The data is
        // empty, and what libwebp puts there is copied before it is given back.
        unsafe {
            let encoder = self.encoder.as_ptr();
            let is_assembled = WebPAnimEncoderAdd(encoder, ptr::null_mut(), self.at_ms, ptr::null()) != 0
                && WebPAnimEncoderAssemble(encoder, &raw mut data) != 0;
            if !is_assembled || data.bytes.is_null() {
                return Err(EncodeError(WebPEncodingError::VP8_ENC_ERROR_BAD_WRITE));
            }
            let bytes = std::slice::from_raw_parts(data.bytes, data.size).to_vec();
            WebPDataClear(&mut data);
            Ok(bytes)
        }
    }
}

impl Drop for Animator {
    fn drop(&mut self) {
        // SAFETY: the encoder is initialised and is not used again.
        unsafe { WebPAnimEncoderDelete(self.encoder.as_ptr()) }
    }
}
