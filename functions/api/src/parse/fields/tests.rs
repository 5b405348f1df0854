use serde::Deserialize;
use serde_json::json;

use super::*;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outer {
    width: u32,
    #[serde(default)]
    ratio: Option<f64>,
    #[serde(default)]
    items: Vec<Inner>,
    #[serde(default)]
    kind: Kind,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inner {
    name: String,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Plain,
    Sized(u8),
}

fn refusal(value: Value) -> (String, String, Option<String>) {
    match from_value::<Outer>(&value, false) {
        Err(Rejected::Invalid { mut errors }) => {
            let error = errors.remove(0);
            (error.pointer, error.detail, error.suggestion)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_value_that_fits_is_read() {
    let value = json!({ "width": 1, "ratio": 2, "items": [{ "name": "a" }], "kind": { "sized": 3 } });
    let read: Outer = from_value(&value, false).unwrap();
    let items = vec![Inner { name: "a".to_owned() }];
    assert_eq!(read, Outer { width: 1, ratio: Some(2.0), items, kind: Kind::Sized(3) });
    assert_eq!(
        from_value::<Outer>(&json!({ "width": 1, "kind": "plain" }), false).unwrap().kind,
        Kind::Plain
    );
}

#[test]
fn a_refusal_points_at_the_field() {
    for (value, pointer) in [
        (json!({}), "/width"),
        (json!({ "width": "1" }), "/width"),
        (json!({ "width": -1 }), "/width"),
        (json!({ "width": 1.5 }), "/width"),
        (json!({ "width": 1, "items": {} }), "/items"),
        (json!({ "width": 1, "items": [{ "name": "a" }, { "name": 1 }] }), "/items/1/name"),
        (json!({ "width": 1, "items": [["a"]] }), "/items/0"),
        (json!({ "width": 1, "kind": { "sized": 300 } }), "/kind/sized"),
        (json!({ "width": 1, "a/b~c": 1 }), "/a~1b~0c"),
        (json!([1]), ""),
        (json!(null), ""),
    ] {
        assert_eq!(refusal(value.clone()).0, pointer, "{value}");
    }
}

#[test]
fn a_near_miss_gets_a_suggestion() {
    let (pointer, detail, suggestion) = refusal(json!({ "width": 1, "items": [{ "nmae": "a" }] }));
    assert_eq!((pointer.as_str(), suggestion.as_deref()), ("/items/0/nmae", Some("name")));
    assert!(detail.contains("name"), "{detail}");
    assert_eq!(refusal(json!({ "width": 1, "kind": "plian" })).2.as_deref(), Some("plain"));
    assert_eq!(refusal(json!({ "width": 1, "qqq": 1 })).2, None);
}

#[test]
fn in_a_query_a_text_stands_for_a_number() {
    let read: Outer = from_value(&json!({ "width": "12" }), true).unwrap();
    assert_eq!(read.width, 12);
    for wrong in ["", "x", "-1", "1e400", "\"1\"", "[1]", " 1"] {
        assert!(from_value::<Outer>(&json!({ "width": wrong }), true).is_err(), "{wrong}");
    }
}
