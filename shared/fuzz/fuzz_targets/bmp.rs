#![no_main]

use std::sync::LazyLock;

use shared_fuzz::exercise_file;

static RIGHT: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    vec![
        include_bytes!("../../tests/hostile_images/reported/bmp-24.bmp").to_vec(),
        include_bytes!("../../tests/hostile_images/reported/bmp-rle.bmp").to_vec(),
        include_bytes!("../../tests/hostile_images/reported/bmp-palette.bmp").to_vec(),
        include_bytes!("../../tests/hostile_images/reported/bmp-32.bmp").to_vec(),
    ]
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| exercise_file(b"BM\0\0\0\0\0\0\0\0", &RIGHT, bytes));
