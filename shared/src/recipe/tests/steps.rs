//! The steps that there are, and the sources that they may work on.

use serde_json::json;

use crate::recipe::{Recipe, Step};

fn recipe(steps: serde_json::Value) -> Recipe {
    serde_json::from_value(json!({ "steps": steps })).unwrap()
}

fn told(steps: serde_json::Value) -> Vec<(String, String)> {
    let errors = recipe(steps).field_errors("/recipe").into_iter();
    errors.map(|error| (error.pointer, error.detail)).collect()
}

#[test]
fn a_step_has_one_action_and_no_nulls() {
    for step in [
        json!({"name": "a"}),
        json!({"name": "a", "image": {}, "metadata": {}}),
        json!({"name": "a", "image": {}, "checksum": {}}),
        json!({"name": "a", "image": null}),
        json!({"name": "a", "image": {}, "metadata": null}),
        json!({"name": "a", "image": {}, "from": null}),
        json!({"name": "a", "image": {}, "form": "b"}),
        json!({"name": "a", "checksum": {"algorithm": "md5"}}),
        json!({"name": "a", "metadata": {"gsp": true}}),
    ] {
        assert!(serde_json::from_value::<Step>(step.clone()).is_err(), "{step}");
    }
}

/// Rows keep them for ever.
#[test]
fn stored_words_never_change() {
    for stored in [
        json!({"name": "a", "image": {"width": 8}}),
        json!({"name": "b", "from": "a", "image": {}}),
        json!({"name": "c", "metadata": {"gps": true}}),
        json!({"name": "d", "checksum": {"algorithm": "sha256"}}),
    ] {
        let step: Step = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(step).unwrap(), stored);
    }
}

#[test]
fn a_step_works_on_an_earlier_one_that_makes_an_image() {
    let from = |from: &str| {
        told(json!([
            {"name": "large", "image": {}},
            {"name": "exif", "metadata": {}},
            {"name": "digest", "checksum": {}},
            {"name": "avif", "image": {"format": "avif"}},
            {"name": "this", "from": from, "image": {}},
            {"name": "later", "image": {}},
        ]))
    };
    assert_eq!(from("large"), []);
    for (name, detail) in [
        ("this", "is not the name of an earlier step"),
        ("later", "is not the name of an earlier step"),
        ("nothing", "is not the name of an earlier step"),
        ("exif", "names a step that makes no image"),
        ("digest", "names a step that makes no image"),
        ("avif", "names a step that makes an AVIF, which cannot be worked on"),
    ] {
        assert_eq!(from(name), [("/recipe/steps/4/from".to_owned(), detail.to_owned())], "{name}");
    }
    for action in ["metadata", "checksum"] {
        let errors = told(json!([{"name": "a", "image": {}}, {"name": "b", "from": "a", action: {}}]));
        assert_eq!(errors, [("/recipe/steps/1/from".to_owned(), "is for image steps alone".to_owned())]);
    }
}
