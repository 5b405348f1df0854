#![no_main]

use std::sync::LazyLock;

use shared::image::{Picture, Transform, decode};
use shared_fuzz::TWO_FRAMES;

/// A large result takes the fuzzer's time and goes the same ways.
const SIDE_PX_MAX: u32 = 300;

static PICTURE: LazyLock<Picture> = LazyLock::new(|| decode(TWO_FRAMES).expect("it is a picture"));

libfuzzer_sys::fuzz_target!(|json: &[u8]| {
    let Ok(transform) = serde_json::from_slice::<Transform>(json) else { return };
    let is_large = [transform.width, transform.height].iter().flatten().any(|side| *side > SIDE_PX_MAX);
    if is_large && transform.field_errors().is_empty() {
        return;
    }
    match PICTURE.render(&transform) {
        Ok(made) => assert!(transform.field_errors().is_empty() && made.width > 0 && made.height > 0),
        Err(refused) => assert!(refused.code() == "invalid_transform" && !transform.field_errors().is_empty()),
    }
});
