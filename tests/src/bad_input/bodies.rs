//! Bodies that announce nothing that could be uploaded.

use http::Method;
use serde_json::{Value, json};

use super::{assert_invalid, assert_problem, with};
use crate::pictures::small;
use crate::world::World;
use crate::world::announcement;

/// API Gateway's own bound.
const GATEWAY_BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

#[tokio::test]
async fn what_is_no_json_is_malformed() {
    let mut world = World::new().await;
    let bodies: [&[u8]; 9] = [
        b"",
        b"{",
        b"not json",
        b"\xff\xfe{}",
        b"{}{}",
        b"{\"filename\":\"\\ud800\"}",
        b"NaN",
        b"\0",
        b"{'a':1}",
    ];
    for body in bodies {
        let answer = world.post_bytes(body).await;
        assert_problem(&answer, 400, "malformed");
        assert!(!answer.json["detail"].as_str().unwrap().is_empty());
    }
    world.assert_untouched().await;
}

#[tokio::test]
async fn wrong_types_and_unknown_fields_are_invalid_and_pointed_at() {
    let mut world = World::new().await;
    for body in [json!([]), json!(null), json!("a"), json!(1)] {
        assert_invalid(&world.post("/v1/uploads", &body, None).await, "");
    }
    assert_invalid(&world.post("/v1/uploads", &json!({}), None).await, "/filename");
    assert_invalid(&world.post("/v1/uploads", &json!({ "filename": "a" }), None).await, "/content_type");
    let wrong = [
        ("/filename", json!(1)),
        ("/filename", json!(null)),
        ("/content_type", json!(["image/png"])),
        ("/size_bytes", json!("10")),
        ("/size_bytes", json!(-1)),
        ("/size_bytes", json!(1.5)),
        ("/size_bytes", json!(1e30)),
        ("/recipe/steps/0/name", json!(null)),
        ("/recipe/steps", json!({})),
        ("/recipe/steps/0/image/width", json!(-8)),
        ("/recipe/steps/0/image/width", json!(4_294_967_296_u64)),
        ("/recipe/steps/0/image/fit", json!("stretch")),
        ("/recipe/steps/0/image/format", json!("bmp")),
    ];
    for (pointer, value) in wrong {
        assert_invalid(&world.post("/v1/uploads", &with(pointer, value), None).await, pointer);
    }
    let inside = [
        ("/recipe", json!({ "steps": [], "priority": 1 }), "/recipe/priority"),
        ("/recipe/steps/0", json!({ "name": "a" }), "/recipe/steps/0"),
        ("/recipe/steps/0", json!({ "name": "a", "image": {}, "video": {} }), "/recipe/steps/0/video"),
    ];
    for (at, value, pointer) in inside {
        assert_invalid(&world.post("/v1/uploads", &with(at, value), None).await, pointer);
    }
    let misspelt = with("/recipe/steps/0/image", json!({ "widht": 8 }));
    let answer = world.post("/v1/uploads", &misspelt, None).await;
    assert_invalid(&answer, "/recipe/steps/0/image/widht");
    assert_eq!(answer.json["errors"][0]["suggestion"], "width");
    world.assert_untouched().await;
}

#[tokio::test]
async fn an_array_is_no_object() {
    let mut world = World::new().await;
    let step = json!(["thumb", {}]);
    let arrays = [
        json!(["a.pdf", "application/pdf", 3]),
        with("/recipe", json!([])),
        with("/recipe", json!([[step]])),
        with("/recipe/steps/0", step),
        with("/recipe/steps/0/image", json!([8, 8, "cover", "webp", 75, null])),
    ];
    let mut accepted = Vec::new();
    for body in arrays {
        let answer = world.post("/v1/uploads", &body, None).await;
        if answer.status.is_success() {
            accepted.push(body.to_string());
        } else {
            assert_problem(&answer, 422, "invalid");
        }
    }
    assert!(accepted.is_empty(), "{accepted:#?}");
    world.assert_untouched().await;
}

#[tokio::test]
async fn fields_that_are_not_acceptable_are_all_named() {
    let mut world = World::new().await;
    let mut wrong: Vec<(&str, Value)> = vec![
        ("/size_bytes", json!(0)),
        ("/size_bytes", json!(64 * 1024 * 1024 + 1)),
        ("/size_bytes", json!(1_000_000_000_000_000_000_u64)),
        ("/size_bytes", json!(u64::MAX)),
        ("/recipe/steps/0/image/background", json!("red")),
    ];
    let names = ["", ".", "..", "../a", "a/b", "a\\b", "a\0b", "a\nb", "a\u{7f}", "\u{85}"];
    wrong.extend(names.map(|name| ("/filename", json!(name))));
    let types = [
        "",
        "png",
        "image/",
        "/png",
        "image/png/x",
        "image/png; a=b",
        "im age/png",
        "image/pñg",
        "image/svg+xml",
    ];
    wrong.extend(types.map(|kind| ("/content_type", json!(kind))));
    let steps = ["", "a/b", "../a", "..", "a.webp", "A", "a b", "é", "a\n"];
    wrong.extend(steps.map(|name| ("/recipe/steps/0/name", json!(name))));
    for (pointer, value) in wrong {
        let mut body = with("/filename", json!("picture.png"));
        if pointer.ends_with("background") {
            body["recipe"]["steps"][0]["image"]["background"] = value;
        } else {
            *body.pointer_mut(pointer).unwrap() = value;
        }
        assert_invalid(&world.post("/v1/uploads", &body, None).await, pointer);
    }
    let mut body = announcement(&small(), &["same", "same"]);
    body["filename"] = json!("a/b");
    body["sha256"] = json!("abc");
    let answer = world.post("/v1/uploads", &body, None).await;
    for pointer in ["/filename", "/sha256", "/recipe/steps/1/name"] {
        assert_invalid(&answer, pointer);
    }
    world.assert_untouched().await;
}

#[tokio::test]
async fn a_recipe_of_a_thousand_steps_is_refused_whole() {
    let mut world = World::new().await;
    let steps: Vec<Value> =
        (0..1000).map(|index| json!({ "name": format!("{index}"), "image": {} })).collect();
    let answer = world.post("/v1/uploads", &with("/recipe/steps", json!(steps)), None).await;
    assert!(assert_invalid(&answer, "/recipe/steps").contains("1000"));
    world.assert_untouched().await;
}

#[tokio::test]
async fn a_body_is_bounded_in_size_and_depth() {
    let mut world = World::new().await;
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert_problem(&world.post_bytes(nested(10_000)).await, 400, "malformed");
    let deep_in_a_field =
        announcement(&small(), &[]).to_string().replacen("\"picture.png\"", &nested(10_000), 1);
    assert_problem(&world.post_bytes(deep_in_a_field).await, 400, "malformed");
    assert_problem(&world.post_bytes(nested(GATEWAY_BODY_BYTES_MAX / 2)).await, 413, "body_too_large");
    let answer = world.post_bytes(nested(GATEWAY_BODY_BYTES_MAX / 2 + 1)).await;
    assert_eq!(answer.status, 413, "API Gateway refuses it by itself");
    assert_eq!(answer.json, json!({ "message": "Request Entity Too Large" }));
    world.assert_untouched().await;
}

#[tokio::test]
async fn a_body_must_be_announced_as_json() {
    let mut world = World::new().await;
    let body = announcement(&small(), &[]).to_string();
    let authorization = format!("Bearer {}", world.key);
    for content_type in
        ["", "text/plain", "application/jsonp", "application", "multipart/form-data; boundary=a"]
    {
        let headers = [("authorization", authorization.as_str()), ("content-type", content_type)];
        let answer = world.send(Method::POST, "/v1/uploads", &headers, body.clone()).await;
        assert_problem(&answer, 415, "unsupported_media_type");
    }
    let headers = [("authorization", authorization.as_str())];
    let answer = world.send(Method::POST, "/v1/uploads", &headers, body.clone()).await;
    assert_problem(&answer, 415, "unsupported_media_type");
    world.assert_untouched().await;
    let headers = [headers[0], ("content-type", "Application/JSON; charset=utf-8")];
    assert_eq!(world.send(Method::POST, "/v1/uploads", &headers, body).await.status, 201);
}
