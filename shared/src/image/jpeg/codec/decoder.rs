use std::ffi::{c_int, c_long, c_ulong};
use std::mem::MaybeUninit;
use std::ops::RangeInclusive;
use std::ptr::NonNull;

use mozjpeg_sys::{
    J_COLOR_SPACE, J_MESSAGE_CODE, JERR_ARITH_NOTIMPL, JERR_BAD_MCU_SIZE, JERR_CCIR601_NOTIMPL,
    JERR_CONVERSION_NOTIMPL, JERR_FRACT_SAMPLE_NOTIMPL, JERR_NOTIMPL, JPEG_LIB_VERSION, boolean,
    jpeg_CreateDecompress, jpeg_component_info, jpeg_consume_input, jpeg_decompress_struct,
    jpeg_destroy_decompress, jpeg_has_multiple_scans, jpeg_mem_src, jpeg_read_header, jpeg_read_scanlines,
    jpeg_resync_to_restart, jpeg_start_decompress, jpeg_start_output,
};

use super::failure::Failure;
use super::messages::{Messages, Warnings, catch};
use super::raw::read_planes;
use crate::image::planes::Planes;
use crate::image::profile::Inks;
use crate::image::size::Size;

/// The most scans that a picture may be spread over: each costs a pass over all of its pixels, however
/// few bytes it has. Progressive encoders use about ten.
const SCANS_MAX: u32 = 64;
/// The memory that libjpeg may take for coefficients: two bytes for each of at most four inks of a pixel …
const COEFFICIENT_BYTES_PER_PIXEL: usize = 8;
/// … and the rows and columns that fill the last blocks of a picture of any shape.
const FILL_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Rows that are asked for at once.
const ROWS: usize = 16;
const COEFFICIENTS: usize = 64;
const RESTARTS: RangeInclusive<c_int> = 0xD0..=0xD7;

const RARE_SAMPLING: &str = "rare JPEG sampling";

/// The results of `jpeg_consume_input`, by libjpeg's header.
const JPEG_REACHED_EOI: c_int = 2;
const JPEG_SCAN_COMPLETED: c_int = 4;

/// A picture as libjpeg hands it out.
pub struct Decoded {
    /// The colours that the file's numbers stand for.
    pub inks: Inks,
    pub pixels: Pixels,
}

pub enum Pixels {
    /// Rows without gaps: red, green and blue, or cyan, magenta, yellow and black with full ink at 0.
    Mixed(Vec<u8>),
    Planes(Planes),
}

/// The form in which a picture is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// All pixels.
    All,
    /// Enough for pictures that are smaller: one sample for so many pixels across and down, 1, 2, 4 or 8.
    Smaller { denominator: u32 },
}

/// Decodes a picture that must have the size given: the caller has checked it against the bounds.
///
/// The decoded part decides whether the file is whole: each block of a sequential picture, and of a progressive one
/// what its scans say. Nothing that follows the picture is read.
pub fn decode(bytes: &[u8], size: Size, want: Want) -> Result<Decoded, Failure> {
    let mut decompressor = Decompressor::new(bytes)?;
    let decoded = catch(|| decompressor.read(size, want));
    let warnings = decompressor.warnings();
    match decoded {
        // It found nothing where it expected something.
        Err(_) if warnings.file_ended => Err(Failure::Truncated),
        Err(code) => Err(refusal(code)),
        Ok(decoded) if warnings.data_ended => decoded.and(Err(Failure::Truncated)),
        Ok(decoded) if warnings.bad_code => decoded.and(Err(Failure::Corrupt("has damaged data"))),
        Ok(decoded) => decoded,
    }
}

fn refusal(code: J_MESSAGE_CODE) -> Failure {
    match code {
        JERR_FRACT_SAMPLE_NOTIMPL | JERR_CCIR601_NOTIMPL | JERR_BAD_MCU_SIZE => {
            Failure::Unsupported(RARE_SAMPLING)
        }
        JERR_ARITH_NOTIMPL | JERR_NOTIMPL | JERR_CONVERSION_NOTIMPL => {
            Failure::Unsupported("a rare JPEG coding")
        }
        _ => Failure::Corrupt("has damaged headers or tables"),
    }
}

/// libjpeg's structure. It points into itself and to `messages`, so that neither moves.
struct Decompressor<'a> {
    info: NonNull<jpeg_decompress_struct>,
    messages: NonNull<Messages>,
    bytes: &'a [u8],
}

impl<'a> Decompressor<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, Failure> {
        let messages = NonNull::from(Box::leak(Box::new(Messages::new())));
        // SAFETY: all of its fields may be zero: numbers, null pointers and absent functions.
        let info: Box<jpeg_decompress_struct> = Box::new(unsafe { MaybeUninit::zeroed().assume_init() });
        let this = Self { info: NonNull::from(Box::leak(info)), messages, bytes };
        // SAFETY: both are this one's own, and the error manager is set before the first call.
        let created = catch(|| unsafe {
            let info = this.info.as_ptr();
            (*info).common.err = (*messages.as_ptr()).manager();
            jpeg_CreateDecompress(info, JPEG_LIB_VERSION as c_int, size_of::<jpeg_decompress_struct>());
        });
        created.map_err(|_| Failure::Corrupt("meets a decoder of another version"))?;
        Ok(this)
    }

    fn warnings(&self) -> Warnings {
        // SAFETY: it is this one's own, and no call of libjpeg is under way.
        unsafe { (*self.messages.as_ptr()).warnings }
    }

    /// Reads all of the picture. libjpeg may unwind from here.
    fn read(&mut self, size: Size, want: Want) -> Result<Decoded, Failure> {
        // SAFETY: it is this one's own, and created.
        let info = unsafe { self.info.as_mut() };
        // SAFETY: the bytes outlive this one, and libjpeg only reads them.
        unsafe {
            jpeg_mem_src(info, self.bytes.as_ptr(), self.bytes.len() as c_ulong);
            (*info.src).resync_to_restart = Some(go_on_after_restart);
            jpeg_read_header(info, 1);
        }
        if (info.image_width, info.image_height) != (size.width, size.height) {
            return Err(Failure::Corrupt("has headers that contradict each other"));
        }
        let memory = size.pixels() * COEFFICIENT_BYTES_PER_PIXEL + FILL_BYTES_MAX;
        // SAFETY: libjpeg has set the pointer to its memory manager.
        unsafe { (*info.common.mem).max_memory_to_use = memory as c_long };
        let (inks, channels) = match info.num_components {
            1 => (Inks::Grey, 3),
            3 => (Inks::Rgb, 3),
            4 => (Inks::Cmyk, 4),
            _ => return Err(Failure::Unsupported("rare JPEG colours")),
        };
        info.out_color_space =
            if inks == Inks::Cmyk { J_COLOR_SPACE::JCS_CMYK } else { J_COLOR_SPACE::JCS_RGB };
        // SAFETY: libjpeg keeps one for each component of its header.
        let components = unsafe { std::slice::from_raw_parts(info.comp_info, info.num_components as usize) };
        if !has_whole_ratios(components) {
            return Err(Failure::Unsupported(RARE_SAMPLING));
        }
        let is_apart =
            matches!(info.jpeg_color_space, J_COLOR_SPACE::JCS_YCbCr | J_COLOR_SPACE::JCS_GRAYSCALE);
        if let Want::Smaller { denominator } = want
            && is_apart
        {
            info.raw_data_out = 1;
            info.scale_denom = denominator;
        }
        // SAFETY: the header is read; the calls come in the order that libjpeg asks for.
        unsafe {
            let is_spread = jpeg_has_multiple_scans(info) != 0;
            info.buffered_image = boolean::from(is_spread);
            jpeg_start_decompress(info);
            if is_spread {
                read_scans(info)?;
                let scan = info.input_scan_number;
                jpeg_start_output(info, scan);
            }
        }
        let pixels = if info.raw_data_out != 0 {
            // SAFETY: decompression has started.
            Pixels::Planes(unsafe { read_planes(info, size) }?)
        } else {
            Pixels::Mixed(self.read_rows(size, channels)?)
        };
        Ok(Decoded { inks, pixels })
    }

    fn read_rows(&mut self, size: Size, channels: usize) -> Result<Vec<u8>, Failure> {
        // SAFETY: it is this one's own, and decompression has started.
        let info = unsafe { self.info.as_mut() };
        let row_bytes = size.width as usize * channels;
        if (info.output_width, info.output_height) != (size.width, size.height)
            || usize::try_from(info.output_components) != Ok(channels)
        {
            return Err(Failure::Corrupt("has headers that contradict each other"));
        }
        let mut pixels = vec![0; row_bytes * size.height as usize];
        for rows in pixels.chunks_mut(row_bytes * ROWS) {
            let end = info.output_scanline + (rows.len() / row_bytes) as u32;
            let mut rows = rows.chunks_exact_mut(row_bytes).map(<[u8]>::as_mut_ptr).collect::<Vec<_>>();
            let mut unread = &mut rows[..];
            while info.output_scanline < end {
                // SAFETY: each pointer is to a row of `output_width` pixels of `output_components` bytes.
                let read =
                    unsafe { jpeg_read_scanlines(info, unread.as_mut_ptr(), unread.len() as u32) } as usize;
                if read == 0 {
                    return Err(Failure::Truncated);
                }
                unread = &mut unread[read..];
            }
        }
        Ok(pixels)
    }
}

impl Drop for Decompressor<'_> {
    fn drop(&mut self) {
        // SAFETY: both came from boxes and are not used again. libjpeg frees what it allocated, whatever it was at,
        // and gives up in none of it.
        unsafe {
            jpeg_destroy_decompress(self.info.as_mut());
            drop(Box::from_raw(self.info.as_ptr()));
            drop(Box::from_raw(self.messages.as_ptr()));
        }
    }
}

/// Reads scans until the picture is complete or the file ends. Nothing after that is read.
///
/// # Safety
///
/// Decompression has started, in libjpeg's buffered mode.
unsafe fn read_scans(info: &mut jpeg_decompress_struct) -> Result<(), Failure> {
    let mut scans = 0;
    loop {
        // SAFETY: as the caller says.
        let step = unsafe { jpeg_consume_input(info) };
        // SAFETY: libjpeg keeps one for each component of its header.
        let components = unsafe { std::slice::from_raw_parts(info.comp_info, info.num_components as usize) };
        match step {
            JPEG_SCAN_COMPLETED => {
                scans += 1;
                // SAFETY: as the caller says.
                if unsafe { is_complete(info, components) } {
                    return Ok(());
                }
                if scans == SCANS_MAX {
                    return Err(Failure::Corrupt("has more scans than are read"));
                }
            }
            JPEG_REACHED_EOI => {
                // SAFETY: the error manager is the first field of `Messages`.
                let ended = unsafe { (*info.common.err.cast::<Messages>()).warnings.file_ended };
                // A progressive picture may leave its finest detail out, but then it says where it ends.
                let may_end = !info.coef_bits.is_null() && !ended;
                return if may_end && has_all(components) { Ok(()) } else { Err(Failure::Truncated) };
            }
            _ => {}
        }
    }
}

/// Whether no later scan can add anything to the picture.
///
/// # Safety
///
/// Decompression has started.
unsafe fn is_complete(info: &jpeg_decompress_struct, components: &[jpeg_component_info]) -> bool {
    if info.coef_bits.is_null() {
        return has_all(components);
    }
    // SAFETY: libjpeg keeps the precision of each coefficient of each component there.
    let bits = unsafe {
        std::slice::from_raw_parts(info.coef_bits.cast::<[c_int; COEFFICIENTS]>(), components.len())
    };
    bits.iter().flatten().all(|bits| *bits == 0)
}

/// Whether each component has as many samples as the largest, or one for a whole number of its.
fn has_whole_ratios(components: &[jpeg_component_info]) -> bool {
    let factors = |of: fn(&jpeg_component_info) -> c_int| {
        let most = components.iter().map(of).max().unwrap_or(1);
        components.iter().map(of).all(|factor| factor > 0 && most % factor == 0)
    };
    factors(|component| component.h_samp_factor) && factors(|component| component.v_samp_factor)
}

/// Whether each component has been in a scan: only then does libjpeg look for its table.
fn has_all(components: &[jpeg_component_info]) -> bool {
    components.iter().all(|component| !component.quant_table.is_null())
}

/// Takes any restart marker for the one that is due: some encoders number them wrongly. A marker of another kind ends
/// the data, as it does for libjpeg.
unsafe extern "C-unwind" fn go_on_after_restart(
    info: &mut jpeg_decompress_struct,
    desired: c_int,
) -> boolean {
    // SAFETY: libjpeg has just read the marker from its source.
    let marker = c_int::from(unsafe { *(*info.src).next_input_byte.sub(1) });
    let desired = if RESTARTS.contains(&marker) { marker - RESTARTS.start() } else { desired };
    // SAFETY: this is what libjpeg calls where nothing else is set.
    unsafe { jpeg_resync_to_restart(info, desired) }
}
