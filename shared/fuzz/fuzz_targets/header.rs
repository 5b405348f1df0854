#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| shared_fuzz::exercise_picture(bytes));
