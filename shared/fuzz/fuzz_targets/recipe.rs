#![no_main]

use shared::recipe::Recipe;

libfuzzer_sys::fuzz_target!(|json: &[u8]| {
    let Ok(recipe) = serde_json::from_slice::<Recipe>(json) else { return };
    for error in recipe.field_errors("/recipe") {
        assert!(error.pointer.starts_with("/recipe/"), "{}", error.pointer);
    }
    let stored = serde_json::to_string(&recipe).expect("what was read can be stored");
    assert_eq!(serde_json::from_str::<Recipe>(&stored).expect("it reads back"), recipe);
});
