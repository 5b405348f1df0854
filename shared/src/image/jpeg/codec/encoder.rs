use std::ffi::c_int;
use std::ptr::NonNull;

use mozjpeg_sys::{
    J_COLOR_SPACE, J_INT_PARAM, JINT_COMPRESS_PROFILE_VALUE, JPEG_LIB_VERSION, boolean, jpeg_CreateCompress,
    jpeg_c_set_int_param, jpeg_compress_struct, jpeg_destination_mgr, jpeg_destroy_compress,
    jpeg_finish_compress, jpeg_set_defaults, jpeg_set_quality, jpeg_start_compress, jpeg_write_scanlines,
};

use super::messages::{Messages, catch};
use crate::image::size::Size;

/// Bytes that are made room for at once.
const ROOM_BYTES: usize = 64 * 1024;

/// Encodes rows of red, green and blue without gaps, in one scan with Huffman tables of the picture's own.
///
/// An error is a code of libjpeg's.
pub fn encode(rgb: &[u8], size: Size, quality: u8, full_colour: bool) -> Result<Vec<u8>, String> {
    let mut compressor = Compressor::new()?;
    catch(|| compressor.write(rgb, size, quality, full_colour)).map_err(|code| format!("{code:?}"))?;
    Ok(compressor.finished())
}

/// libjpeg's structure. It points to `messages` and `destination`, so that none of them moves.
struct Compressor {
    info: NonNull<jpeg_compress_struct>,
    messages: NonNull<Messages>,
    destination: NonNull<Destination>,
}

/// Where the bytes go. libjpeg keeps a pointer to the first field and hands it to the functions below.
#[repr(C)]
struct Destination {
    manager: jpeg_destination_mgr,
    /// Full up to its length but for what `manager` says is free.
    bytes: Vec<u8>,
}

impl Compressor {
    fn new() -> Result<Self, String> {
        let messages = NonNull::from(Box::leak(Box::new(Messages::new())));
        // SAFETY: all of its fields may be zero: numbers, null pointers and absent functions.
        let mut manager: jpeg_destination_mgr = unsafe { std::mem::zeroed() };
        manager.init_destination = Some(start);
        manager.empty_output_buffer = Some(grow);
        manager.term_destination = Some(end);
        let destination = NonNull::from(Box::leak(Box::new(Destination { manager, bytes: Vec::new() })));
        // SAFETY: as above.
        let info = NonNull::from(Box::leak(Box::new(unsafe { std::mem::zeroed::<jpeg_compress_struct>() })));
        let compressor = Self { info, messages, destination };
        // SAFETY: all three live until the compressor is dropped, and nothing else refers to them here.
        let created = catch(|| unsafe {
            let info = compressor.info.as_ptr();
            (*info).common.err = (*compressor.messages.as_ptr()).manager();
            jpeg_CreateCompress(info, JPEG_LIB_VERSION, size_of::<jpeg_compress_struct>());
            (*info).dest = compressor.destination.as_ptr().cast();
        });
        created.map_err(|code| format!("{code:?}"))?;
        Ok(compressor)
    }

    fn write(&mut self, rgb: &[u8], size: Size, quality: u8, full_colour: bool) {
        // SAFETY: it is this one's own.
        let info = unsafe { self.info.as_mut() };
        info.image_width = size.width;
        info.image_height = size.height;
        info.input_components = 3;
        info.in_color_space = J_COLOR_SPACE::JCS_RGB;
        // SAFETY: the calls come in the order that libjpeg asks for.
        unsafe {
            // MozJPEG's additions take ten times as long.
            let profile = JINT_COMPRESS_PROFILE_VALUE::JCP_FASTEST as c_int;
            jpeg_c_set_int_param(info, J_INT_PARAM::JINT_COMPRESS_PROFILE, profile);
            jpeg_set_defaults(info);
            jpeg_set_quality(info, quality.into(), boolean::from(true));
        }
        info.optimize_coding = boolean::from(true);
        let factor = if full_colour { 1 } else { 2 };
        // SAFETY: after the defaults are set there are three components.
        let components = unsafe { std::slice::from_raw_parts_mut(info.comp_info, 3) };
        components[0].h_samp_factor = factor;
        components[0].v_samp_factor = factor;
        // SAFETY: all is set that libjpeg asks for; each row has `image_width` pixels of three bytes, and is only read.
        unsafe {
            jpeg_start_compress(info, boolean::from(true));
            for row in rgb.chunks_exact(size.width as usize * 3) {
                jpeg_write_scanlines(info, &row.as_ptr(), 1);
            }
            jpeg_finish_compress(info);
        }
    }

    fn finished(mut self) -> Vec<u8> {
        // SAFETY: libjpeg has ended with it.
        std::mem::take(unsafe { &mut self.destination.as_mut().bytes })
    }
}

impl Drop for Compressor {
    fn drop(&mut self) {
        // SAFETY: all came from boxes and are not used again. libjpeg frees what it allocated, whatever it was at, and
        // gives up in none of it.
        unsafe {
            jpeg_destroy_compress(self.info.as_mut());
            drop(Box::from_raw(self.info.as_ptr()));
            drop(Box::from_raw(self.messages.as_ptr()));
            drop(Box::from_raw(self.destination.as_ptr()));
        }
    }
}

/// # Safety
///
/// The structure's destination is a [`Destination`].
unsafe fn destination<'a>(info: &mut jpeg_compress_struct) -> &'a mut Destination {
    // SAFETY: as the caller says; the manager is its first field.
    unsafe { &mut *info.dest.cast::<Destination>() }
}

unsafe extern "C-unwind" fn start(info: &mut jpeg_compress_struct) {
    // SAFETY: no other destination is ever set.
    unsafe { destination(info) }.make_room();
}

/// Called when all room is used, whatever libjpeg has left in `free_in_buffer`.
unsafe extern "C-unwind" fn grow(info: &mut jpeg_compress_struct) -> boolean {
    // SAFETY: as above.
    unsafe { destination(info) }.make_room();
    boolean::from(true)
}

unsafe extern "C-unwind" fn end(info: &mut jpeg_compress_struct) {
    // SAFETY: as above.
    let Destination { manager, bytes } = unsafe { destination(info) };
    bytes.truncate(bytes.len() - manager.free_in_buffer);
}

impl Destination {
    fn make_room(&mut self) {
        let used = self.bytes.len();
        self.bytes.resize(used + ROOM_BYTES, 0);
        let room = &mut self.bytes[used..];
        (self.manager.next_output_byte, self.manager.free_in_buffer) = (room.as_mut_ptr(), room.len());
    }
}
