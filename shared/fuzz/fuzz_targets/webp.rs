#![no_main]

use std::sync::LazyLock;

use shared::image::OutputFormat;
use shared_fuzz::{exercise_file, right_files};

static RIGHT: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| right_files(OutputFormat::WebP));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let length = (bytes.len() as u32 + 4).to_le_bytes();
    exercise_file(&[b"RIFF", length.as_slice(), b"WEBP"].concat(), &RIGHT, bytes);
});
