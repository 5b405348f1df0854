#![no_main]

use std::sync::LazyLock;

use shared_fuzz::exercise_file;

static RIGHT: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    vec![
        include_bytes!("../../tests/hostile_images/reported/tiff-lzw.tif").to_vec(),
        include_bytes!("../../tests/hostile_images/reported/tiff-fax-4.tif").to_vec(),
        include_bytes!("../../tests/hostile_images/reported/tiff-deflate-predictor.tif").to_vec(),
        include_bytes!("../../tests/hostile_images/reported/tiff-rgba.tif").to_vec(),
    ]
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| exercise_file(b"II*\0", &RIGHT, bytes));
