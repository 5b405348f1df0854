use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use mozjpeg_sys::{
    J_MESSAGE_CODE, JWRN_HIT_MARKER, JWRN_HUFF_BAD_CODE, JWRN_JPEG_EOF, jpeg_common_struct, jpeg_error_mgr,
    jpeg_std_error,
};

/// Receives libjpeg's messages while it works. It keeps a pointer to the first field and hands it to the functions below.
#[repr(C)]
pub struct Messages {
    manager: jpeg_error_mgr,
    pub warnings: Warnings,
}

/// Damage that libjpeg noticed and went on after, filling in what was missing with grey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Warnings {
    /// The file ended, and libjpeg put a mark at its end.
    pub file_ended: bool,
    /// A scan's data ended before its last block.
    pub data_ended: bool,
    /// A code that no table has.
    pub bad_code: bool,
}

/// The error that libjpeg gave up with.
struct GaveUp(J_MESSAGE_CODE);

impl Messages {
    pub fn new() -> Self {
        // SAFETY: all of its fields may be zero: numbers, null pointers and absent functions.
        let mut manager: jpeg_error_mgr = unsafe { std::mem::zeroed() };
        // SAFETY: the call fills the manager in and keeps nothing of it.
        unsafe { jpeg_std_error(&mut manager) };
        manager.error_exit = Some(give_up);
        manager.emit_message = Some(note);
        manager.output_message = Some(ignore);
        Self { manager, warnings: Warnings::default() }
    }

    pub const fn manager(&mut self) -> *mut jpeg_error_mgr {
        &raw mut self.manager
    }
}

/// Runs calls of libjpeg up to the first that gives up, whose code is returned. Any other panic goes on.
pub fn catch<T>(calls: impl FnOnce() -> T) -> Result<T, J_MESSAGE_CODE> {
    catch_unwind(AssertUnwindSafe(calls)).map_err(|payload| match payload.downcast::<GaveUp>() {
        Ok(gave_up) => gave_up.0,
        Err(payload) => resume_unwind(payload),
    })
}

/// Unwinds without a message: this is how libjpeg refuses a file, and nothing has gone wrong here.
unsafe extern "C-unwind" fn give_up(common: &mut jpeg_common_struct) {
    // SAFETY: libjpeg has set the pointer to its error manager.
    let code = unsafe { (*common.err).msg_code };
    resume_unwind(Box::new(GaveUp(code as J_MESSAGE_CODE)))
}

unsafe extern "C-unwind" fn note(common: &mut jpeg_common_struct, level: c_int) {
    // Those of other levels are about what is normal.
    if level >= 0 {
        return;
    }
    // SAFETY: the error manager is the first field of `Messages`, which outlives libjpeg's structure.
    let Messages { manager, warnings } = unsafe { &mut *common.err.cast::<Messages>() };
    match manager.msg_code as J_MESSAGE_CODE {
        JWRN_JPEG_EOF => warnings.file_ended = true,
        JWRN_HIT_MARKER => warnings.data_ended = true,
        JWRN_HUFF_BAD_CODE => warnings.bad_code = true,
        _ => {}
    }
}

unsafe extern "C-unwind" fn ignore(_: &mut jpeg_common_struct) {}
