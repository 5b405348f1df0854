//! The bounds of files and pictures.

/// The largest file that is decoded, in bytes.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The largest picture, in pixels.
pub const PIXELS_MAX: u64 = 50_000_000;
/// The longest side of a picture, in pixels.
pub const SIDE_PX_MAX: u32 = 16_384;
/// The longest animation, in frames, even where only its first one is made.
pub const FRAMES_MAX: u32 = 500;
/// The most pixels of an animation that is kept, over all its frames, decoded as well as made.
pub const ANIMATION_PIXELS_MAX: u64 = 50_000_000;
/// The largest AVIF that is made, in pixels: without assembly, the encoder takes 2 s of CPU for a million of a
/// photograph's.
pub const AVIF_PIXELS_MAX: u64 = 2048 * 2048;
/// The longest side that a WebP can hold, in pixels.
pub const WEBP_SIDE_PX_MAX: u32 = 16_383;

/// The largest WebP with transparency that is made, in pixels: libwebp packs transparency without loss, and takes 25 bytes
/// for each pixel. With what was decoded, that is two thirds of media's memory.
pub const TRANSPARENT_PIXELS_MAX: u64 = 32_000_000;
