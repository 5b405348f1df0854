//! The only module that calls libjpeg, which here is MozJPEG's: JPEG pictures to and from pixels.
//!
//! libjpeg reports an error by calling a function that must not return. The one here unwinds: MozJPEG is compiled for
//! it, its functions are declared `C-unwind`, and the unwinding is caught in this module. All that libjpeg allocated
//! is freed when its structure is dropped.
#![expect(unsafe_code, reason = "libjpeg is a C library, and what decides how a JPEG looks")]

mod decoder;
mod encoder;
mod failure;
mod messages;
mod raw;

pub use self::decoder::{Pixels, Want, decode};
pub use self::encoder::encode;
pub use self::failure::Failure;
