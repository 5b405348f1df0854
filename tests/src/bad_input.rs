//! Bad input: whoever sends it is told what is wrong with it, and it leaves nothing behind.

mod access;
mod bodies;
mod encodings;
mod files;
mod pictures;
mod puts;

use http::Method;
use serde_json::{Value, json};
use shared::image::{PIXELS_MAX, TARGET_SIDE_PX_MAX};
use shared::recipe::{STEP_NAME_CHARS_MAX, STEPS_MAX};
use shared::upload::{FILENAME_CHARS_MAX, SIZE_BYTES_MAX};

use crate::pictures::small;
use crate::world::announcement;
use crate::world::{Answer, World};

/// Size limit of a request's body, to the API.
const BODY_BYTES_MAX: usize = 64 * 1024;

fn assert_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status.as_u16(), answer.code()), (status, code), "{answer:?}");
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    let text = |field: &str| answer.json[field].as_str().unwrap_or_default().to_owned();
    assert!(text("type").ends_with(code) && !text("title").is_empty(), "{answer:?}");
    assert_eq!(answer.json["status"], json!(status));
}

/// Asserts that the answer names the field at `pointer`, and answers what it says of it.
fn assert_invalid(answer: &Answer, pointer: &str) -> String {
    assert_problem(answer, 422, "invalid");
    let errors = answer.json["errors"].as_array().expect("errors");
    let detail = errors.iter().find(|error| error["pointer"] == pointer).map(|error| &error["detail"]);
    detail
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("nothing about {pointer} in {answer:?}"))
        .to_owned()
}

/// An acceptable announcement, but for what is at `pointer`.
fn with(pointer: &str, value: Value) -> Value {
    let mut body = announcement(&small(), &["thumb"]);
    *body.pointer_mut(pointer).expect("a field of an announcement") = value;
    body
}

impl World {
    /// Posts bytes as JSON.
    async fn post_bytes(&self, body: impl Into<bytes::Bytes>) -> Answer {
        let authorization = format!("Bearer {}", self.key);
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
        self.send(Method::POST, "/v1/uploads", &headers, body).await
    }

    /// Whatever was sent before, no trace of it is there.
    async fn assert_untouched(&mut self) {
        assert!(self.rows().uploads.is_empty() && self.rows().jobs.is_empty());
        self.settle().await;
        self.assert_at_rest().await;
    }
}

#[tokio::test]
async fn every_bound_is_told() {
    let mut world = World::new().await;
    let steps = |count: usize| -> Vec<Value> {
        (0..count).map(|index| json!({ "name": format!("s{index}"), "image": {} })).collect()
    };
    let side = "/recipe/steps/0/image/width";
    let bounded = [
        ("/size_bytes", json!(SIZE_BYTES_MAX + 1), SIZE_BYTES_MAX),
        ("/size_bytes", json!(0), 1),
        ("/filename", json!("é".repeat(FILENAME_CHARS_MAX + 1)), FILENAME_CHARS_MAX as u64),
        ("/recipe/steps", json!(steps(STEPS_MAX + 1)), STEPS_MAX as u64),
        ("/recipe/steps/0/name", json!("a".repeat(STEP_NAME_CHARS_MAX + 1)), STEP_NAME_CHARS_MAX as u64),
        (side, json!(0), u64::from(TARGET_SIDE_PX_MAX)),
        (side, json!(TARGET_SIDE_PX_MAX + 1), u64::from(TARGET_SIDE_PX_MAX)),
        ("/recipe/steps/0/image/quality", json!(101), 100),
    ];
    for (pointer, value, bound) in bounded {
        let answer = world.post("/v1/uploads", &with(pointer, value), None).await;
        let detail = assert_invalid(&answer, pointer);
        assert!(detail.contains(&bound.to_string()), "{pointer} does not tell {bound}: {detail}");
    }
    let mut wide = with(side, json!(TARGET_SIDE_PX_MAX));
    wide["recipe"]["steps"][0]["image"]["height"] = json!(TARGET_SIDE_PX_MAX);
    let answer = world.post("/v1/uploads", &wide, None).await;
    assert!(assert_invalid(&answer, "/recipe/steps/0/image/height").contains(&PIXELS_MAX.to_string()));

    let answer = world.post_bytes(vec![b' '; BODY_BYTES_MAX + 1]).await;
    assert_problem(&answer, 413, "body_too_large");
    assert!(answer.json["detail"].as_str().unwrap().contains(&BODY_BYTES_MAX.to_string()));

    for limit in ["0", "101", "-1", "1e2", "many", "99999999999999999999999", ""] {
        let answer = world.get(&format!("/v1/uploads?limit={limit}")).await;
        assert!(assert_invalid(&answer, "/limit").contains("100"));
    }
    let body = announcement(&small(), &["thumb"]);
    let answer = world.post("/v1/uploads", &body, Some(&"k".repeat(256))).await;
    assert_problem(&answer, 400, "malformed");
    assert!(answer.json["detail"].as_str().unwrap().contains("255"));
    world.assert_untouched().await;
}

#[tokio::test]
async fn another_tenants_things_are_not_found() {
    let mut world = World::new().await;
    let other = world.add_tenant("other").await;
    let id = world.upload(&small(), &["thumb"]).await;
    world.settle().await;
    world.announce(&small(), &[]).await;
    let job = world.shown(&id).await["derivatives"][0]["links"]["job"].as_str().unwrap().to_owned();
    for path in [format!("/v1/uploads/{id}"), job] {
        assert_eq!(world.get(&path).await.status, 200);
        let answer = world.get_as(&other, &path).await;
        assert_problem(&answer, 404, "not_found");
        assert!(!answer.json.to_string().contains("picture.png"), "{answer:?}");
    }
    assert_eq!(world.get_as(&other, "/v1/uploads").await.json["data"], json!([]));

    let cursor = world.get("/v1/uploads?limit=1").await.json["next_cursor"].as_str().unwrap().to_owned();
    let answer = world.get_as(&other, &format!("/v1/uploads?cursor={cursor}")).await;
    assert_invalid(&answer, "/cursor");
    assert!(answer.json.get("data").is_none());
}
