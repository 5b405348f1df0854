use crate::upload::key;
use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::*;
use crate::image::OutputFormat;
use crate::recipe::RecipeName;

fn full() -> Upload {
    Upload {
        request_id: RequestId::parse("req-1"),
        named_recipe: Some(RecipeSource { name: RecipeName::parse("avatars").unwrap(), version: 3 }),
        etag: Some("\"e1\"".to_owned()),
        image: Some(Image {
            format: None,
            width: 4000,
            height: 3000,
            dominant_color: "#dadee0".to_owned(),
            thumbhash: "6PcNBIB5".to_owned(),
        }),
        sha256: Some(SHA256.to_owned()),
        form: true,
        fingerprint: "f1".to_owned(),
        ..rejected(ended(&["thumb"], &["large"]))
    }
}

/// Rows of every age are read for ever: a name that changes here is a row that is lost.
#[test]
fn stored_names_never_change() {
    let stored = json!({
        "tenant": "acme",
        "id": "upl_00000000000000000000000001",
        "request_id": "req-1",
        "state": "processing",
        "filename": "photo.png",
        "content_type": "image/png",
        "size_bytes": 1000,
        "sha256": SHA256,
        "recipe": {"steps": [
            {"name": "thumb", "image": {"width": 200}},
            {"name": "large", "image": {"width": 200}},
        ]},
        "named_recipe": {"name": "avatars", "version": 3},
        "form": true,
        "step_count": 2,
        "fingerprint": "f1",
        "created_at": 1_800_000_000_000_i64,
        "updated_at": 1_800_000_000_000_i64,
        "etag": "\"e1\"",
        "image": {"width": 4000, "height": 3000, "dominant_color": "#dadee0", "thumbhash": "6PcNBIB5"},
        "done": ["thumb"],
        "failed": ["large"],
        "rejection": {"code": "image_corrupt", "detail": "cut off"},
    });
    assert_eq!(serde_json::to_value(full()).unwrap(), stored);
}

/// `ADD` works on nothing else.
#[test]
fn ended_steps_are_stored_as_string_sets_and_read_back() {
    let row: HashMap<String, AttributeValue> = serde_dynamo::to_item(full()).unwrap();
    assert_eq!(row["done"], AttributeValue::Ss(vec!["thumb".to_owned()]));
    assert_eq!(row["failed"], AttributeValue::Ss(vec!["large".to_owned()]));
    assert_eq!(serde_dynamo::from_item::<_, Upload>(row).unwrap(), full());
}

#[test]
fn an_announced_upload_stores_only_what_it_has() {
    let stored = serde_json::to_value(pending(json!({}))).unwrap();
    let names: Vec<&str> = stored.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "content_type",
        "created_at",
        "filename",
        "fingerprint",
        "id",
        "recipe",
        "size_bytes",
        "state",
        "step_count",
        "tenant",
        "updated_at",
    ];
    assert_eq!(names, expected);
}

#[test]
fn stored_words_never_change() {
    let states = [
        State::Pending,
        State::Received,
        State::Processing,
        State::Ready,
        State::Rejected,
        State::Failed,
        State::Expired,
        State::Aborted,
        State::Deleting,
        State::Deleted,
    ];
    let words = states.map(|state| {
        // Conditions compare with the same word that rows hold.
        assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        state.as_str()
    });
    let expected = [
        "pending",
        "received",
        "processing",
        "ready",
        "rejected",
        "failed",
        "expired",
        "aborted",
        "deleting",
        "deleted",
    ];
    assert_eq!(words, expected);
}

#[test]
fn a_recipe_over_512_bytes_has_an_item_of_its_own() {
    let names: Vec<String> = (0..10).map(|step| format!("step-{step}-{}", "x".repeat(20))).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (upload, apart) = made_of(request(json!({"recipe": steps(&names)})));
    assert_eq!((upload.recipe, upload.step_count), (None, 10));
    assert_eq!(apart.map(|recipe| recipe.steps.len()), Some(10));
    let (upload, apart) = made_of(request(json!({"recipe": steps(&["a"])})));
    assert!(upload.recipe.is_some() && apart.is_none());
}

#[test]
fn the_key_of_an_original_or_of_a_forms_file_names_its_upload_and_no_other_key_does() {
    let key = key::original(&tenant(), &id());
    assert_eq!(key, "uploads/acme/upl_00000000000000000000000001");
    assert_eq!(key::parse(&key), Some((tenant(), id())));
    let of_form = key::form_file(&tenant(), &id());
    assert_eq!(of_form, "forms/acme/upl_00000000000000000000000001");
    assert_eq!(key::parse(&of_form), Some((tenant(), id())));
    for other in [
        "",
        "uploads/",
        "uploads/acme",
        "uploads/acme/upl_1",
        "uploads/ACME/upl_00000000000000000000000001",
        "uploads/acme/upl_00000000000000000000000001/x",
        "derived/acme/upl_00000000000000000000000001",
    ] {
        assert_eq!(key::parse(other), None, "{other}");
    }
}

#[test]
fn only_formats_that_are_decoded_are_images_to_millrace() {
    for format in SourceFormat::ALL {
        assert_eq!(image_format(format.content_type()), Some(format));
    }
    for (name, format) in [
        ("IMAGE/PNG", SourceFormat::Png),
        ("image/jpg", SourceFormat::Jpeg),
        ("image/pjpeg", SourceFormat::Jpeg),
    ] {
        assert_eq!(image_format(name), Some(format));
    }
    assert_eq!(image_format("image/avif"), None);
    assert_eq!(image_format(OutputFormat::WebP.content_type()), Some(SourceFormat::WebP));
}
