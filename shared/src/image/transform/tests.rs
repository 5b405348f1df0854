use serde_json::json;

use super::*;

fn pointers(transform: serde_json::Value) -> Vec<String> {
    let transform: Transform = serde_json::from_value(transform).unwrap();
    transform.field_errors().into_iter().map(|error| error.pointer).collect()
}

#[test]
fn a_full_transform_survives_json_and_has_no_field_errors() {
    let value = json!({
        "width": 200, "height": 100, "fit": "cover", "gravity": "northeast", "enlarge": true, "rotate": 90,
        "trim": 10, "blur": 3, "animated": true, "format": "webp", "quality": 75, "background": "#ffffff",
    });
    let transform: Transform = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(transform.field_errors(), []);
    assert_eq!(serde_json::to_value(&transform).unwrap(), value);
}

/// Rows keep them for ever, and keys of derivatives are made of them.
#[test]
fn stored_words_never_change() {
    let transform = Transform {
        width: Some(200),
        height: Some(100),
        fit: Some(Fit::Cover),
        format: Some(TargetFormat::WebP),
        quality: Some(75),
        background: Some("#ffffff".to_owned()),
        ..Transform::default()
    };
    let stored = concat!(
        r##"{"width":200,"height":100,"fit":"cover","format":"webp","quality":75,"##,
        r##""background":"#ffffff"}"##,
    );
    assert_eq!(serde_json::to_string(&transform).unwrap(), stored);

    let points = [
        Gravity::Center,
        Gravity::North,
        Gravity::NorthEast,
        Gravity::East,
        Gravity::SouthEast,
        Gravity::South,
        Gravity::SouthWest,
        Gravity::West,
        Gravity::NorthWest,
        Gravity::Salient,
    ];
    let words = json!([
        "center",
        "north",
        "northeast",
        "east",
        "southeast",
        "south",
        "southwest",
        "west",
        "northwest",
        "salient",
    ]);
    assert_eq!(serde_json::to_value(points).unwrap(), words);
}

#[test]
fn missing_fields_are_not_written() {
    assert_eq!(serde_json::to_string(&Transform::default()).unwrap(), "{}");
    assert!(pointers(json!({})).is_empty());
}

#[test]
fn unknown_fields_and_names_are_refused() {
    for value in [json!({"with": 1}), json!({"fit": "outside"}), json!({"format": "bmp"})] {
        assert!(serde_json::from_value::<Transform>(value).is_err());
    }
}

#[test]
fn each_value_out_of_bounds_is_named() {
    let all = json!({"width": 0, "height": 8193, "quality": 101, "background": "white"});
    assert_eq!(pointers(all), ["/width", "/height", "/quality", "/background"]);
    assert_eq!(pointers(json!({"width": 8192, "height": 8192})), ["/height"]);
    assert_eq!(pointers(json!({"quality": 0})), ["/quality"]);
    assert_eq!(pointers(json!({"quality": 80, "format": "png"})), ["/quality"]);
    assert_eq!(pointers(json!({"background": "#fffffg"})), ["/background"]);
    assert_eq!(pointers(json!({"background": "#fff"})), ["/background"]);
    assert_eq!(pointers(json!({"gravity": "north", "fit": "inside"})), ["/gravity"]);
    assert_eq!(pointers(json!({"gravity": "north", "fit": "cover"})), [""; 0]);
    assert_eq!(pointers(json!({"enlarge": true})), ["/enlarge"]);
    assert_eq!(pointers(json!({"enlarge": false})), [""; 0]);
    for angle in [1, 45, 89, 91, 360, 450] {
        assert_eq!(pointers(json!({"rotate": angle})), ["/rotate"]);
    }
    for format in ["jpeg", "png", "avif"] {
        assert_eq!(pointers(json!({"animated": true, "format": format})), ["/animated"]);
        assert_eq!(pointers(json!({"animated": false, "format": format})), [""; 0]);
    }
    for format in ["webp", "gif"] {
        assert_eq!(pointers(json!({"animated": true, "format": format})), [""; 0]);
    }
    assert_eq!(pointers(json!({"format": "gif"})), ["/format"]);
    assert_eq!(pointers(json!({"format": "gif", "animated": true, "quality": 80})), ["/quality"]);
    assert_eq!(pointers(json!({"format": "avif", "width": 2048, "height": 2048})), [""; 0]);
    assert_eq!(pointers(json!({"format": "avif", "width": 2048, "height": 2049})), ["/height"]);
    assert_eq!(pointers(json!({"trim": 129, "blur": 101})), ["/trim", "/blur"]);
    assert_eq!(pointers(json!({"trim": 0, "blur": 0})), ["/blur"]);
}
