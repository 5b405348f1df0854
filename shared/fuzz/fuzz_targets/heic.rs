#![no_main]

use std::sync::LazyLock;

use shared_fuzz::exercise_file;

static RIGHT: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    vec![
        include_bytes!("../../tests/hostile_images/reported/heic-420.heic").to_vec(),
        include_bytes!("../../tests/hostile_images/reported/heic-alpha.heic").to_vec(),
        include_bytes!("../../tests/hostile_images/reported/heic-10-bit.heic").to_vec(),
        include_bytes!("../../tests/hostile_images/reported/heic-turned.heic").to_vec(),
    ]
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| exercise_file(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", &RIGHT, bytes));
