#![no_main]

use std::sync::LazyLock;

use shared::image::OutputFormat;
use shared_fuzz::{exercise_file, right_files};

static RIGHT: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| right_files(OutputFormat::Jpeg));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| exercise_file(b"\xFF\xD8\xFF", &RIGHT, bytes));
