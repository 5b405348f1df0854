//! The bounds of AWS that errors name, too.

/// Size limit of one message, and of all messages of a batch together.
pub const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

pub const BATCH_ENTRIES_MAX: usize = 10;
