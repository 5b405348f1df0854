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

/// A type that checks more than serde does.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(try_from = "Parts", deny_unknown_fields)]
struct Whole {
    one: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    #[serde(default)]
    one: Option<u32>,
    #[serde(default)]
    other: Option<u32>,
}

impl TryFrom<Parts> for Whole {
    type Error = &'static str;

    fn try_from(parts: Parts) -> Result<Self, &'static str> {
        if parts.one.is_some() == parts.other.is_some() {
            return Err("must have exactly one");
        }
        Ok(Self { one: parts.one.is_some() })
    }
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Checked {
    first: Whole,
    second: Whole,
    last: u32,
}

fn pointers<T: DeserializeOwned + std::fmt::Debug>(value: Value) -> Vec<String> {
    match from_value::<T>(&value, false) {
        Err(Rejected::Invalid { errors }) => errors.into_iter().map(|error| error.pointer).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_fault_is_named_at_once() {
    let value = json!({
        "width": "1", "ratoi": 2, "kind": 7,
        "items": [{ "name": 1 }, ["a"], { "nmae": "a" }, { "name": "fine" }],
    });
    let expected =
        ["/items/0/name", "/items/1", "/items/2/nmae", "/items/2/name", "/kind", "/ratoi", "/width"];
    assert_eq!(pointers::<Outer>(value), expected);
    let missing = json!({ "items": [{}, {}], "kind": { "sized": "x" } });
    assert_eq!(pointers::<Outer>(missing), ["/items/0/name", "/items/1/name", "/kind/sized", "/width"]);
}

#[test]
fn what_follows_from_a_fault_is_none_of_its_own() {
    let value = json!({ "first": { "one": "x" }, "second": {}, "last": -1 });
    assert_eq!(pointers::<Checked>(value), ["/first/one", "/last", "/second"]);
    assert_eq!(pointers::<Checked>(json!({})), ["/first"], "nothing stands in for what checks itself");
    assert_eq!(pointers::<Outer>(json!("text")), [""]);
}

#[test]
fn no_more_faults_are_named_than_a_reader_can_use() {
    let many: serde_json::Map<String, Value> = (0..100).map(|n| (format!("unknown-{n}"), json!(1))).collect();
    assert_eq!(pointers::<Outer>(many.into()).len(), ERRORS_MAX);
}
