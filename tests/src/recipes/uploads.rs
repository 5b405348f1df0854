//! Uploads that name their recipe: it is copied when they are accepted, and nothing that happens to it later matters.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use local::connector::InjectedFault;

use super::*;
use crate::pictures;
use crate::world::announcement;

/// The announcement of a small picture with this recipe.
fn naming(recipe: &str) -> Value {
    let mut body = announcement(&pictures::small(), &[]);
    body["recipe"] = json!(recipe);
    body
}

/// A recipe that is too long to sit in the row of an upload.
fn long_recipe(steps: usize) -> Value {
    let step = |index| json!({ "name": format!("step-{index}-{}", "x".repeat(20)), "image": { "width": 4 } });
    json!({ "steps": (0..steps).map(step).collect::<Vec<_>>() })
}

impl World {
    /// Sends the picture of an upload that was announced, and returns the upload once all is done.
    async fn carry_out(&mut self, announced: &Answer) -> Value {
        assert_eq!(announced.status, StatusCode::CREATED, "{announced:?}");
        let created = announced.created();
        assert_eq!(self.put(&created, &pictures::small()).await, StatusCode::OK);
        self.settle().await;
        self.shown(&created.id).await
    }
}

#[tokio::test]
async fn an_upload_is_made_by_the_recipe_as_it_was_when_it_was_accepted() {
    let mut world = World::new().await;
    world.put_width(4).await;
    let announced = world.post("/v1/uploads", &naming("avatars"), None).await;
    let source = json!({ "name": "avatars", "version": 1 });
    assert_eq!(announced.json["recipe"], source);
    world.put_width(2).await;
    let shown = world.carry_out(&announced).await;
    assert_eq!((&shown["state"], &shown["recipe"]), (&json!("ready"), &source));
    assert_eq!(shown["derivatives"][0]["width"], 4);
    let listed = world.get("/v1/uploads").await;
    assert_eq!(listed.json["data"][0]["recipe"], source);
    let inline = world.announce(&pictures::small(), &["thumb"]).await;
    assert!(world.shown(&inline.id).await.get("recipe").is_none());
}

#[tokio::test]
async fn a_pinned_version_is_used_whatever_followed() {
    let mut world = World::new().await;
    for width in [4, 2, 3] {
        world.put_width(width).await;
    }
    for (name, version, width) in [("avatars@1", 1, 4), ("avatars@3", 3, 3), ("avatars", 3, 3)] {
        let announced = world.post("/v1/uploads", &naming(name), None).await;
        let shown = world.carry_out(&announced).await;
        assert_eq!(shown["recipe"], json!({ "name": "avatars", "version": version }), "{name}");
        assert_eq!(shown["derivatives"][0]["width"], width, "{name}");
    }
}

#[tokio::test]
async fn a_replay_returns_the_upload_that_was_made_whatever_became_of_the_recipe() {
    let world = World::new().await;
    world.put_width(4).await;
    let first = world.post("/v1/uploads", &naming("avatars"), Some("key")).await;
    let assert_replayed = async |why: &str| {
        let again = world.post("/v1/uploads", &naming("avatars"), Some("key")).await;
        assert_eq!((again.status, &again.json["id"]), (StatusCode::CREATED, &first.json["id"]), "{why}");
        assert_eq!(again.headers["idempotency-replayed"], "true", "{why}");
        assert_eq!(again.json["recipe"]["version"], 1, "{why}");
        assert!(again.json["request"]["url"].is_string(), "{why}");
        for other in [naming("avatars@1"), naming("other"), announcement(&pictures::small(), &["thumb"])] {
            let other = world.post("/v1/uploads", &other, Some("key")).await;
            assert_eq!(other.code(), "idempotency_key_reused", "{why}: {other:?}");
        }
    };
    assert_replayed("as it was").await;
    world.put_width(2).await;
    assert_replayed("changed").await;
    world.delete(PATH, None).await;
    assert_replayed("deleted").await;
    world.put_width(4).await;
    assert_replayed("made anew").await;
    assert_eq!(world.rows().uploads.len(), 1);
}

#[tokio::test]
async fn a_replay_is_answered_where_the_recipe_would_no_longer_do() {
    let world = World::new().await;
    let mut body = naming("avatars");
    body["content_type"] = json!("text/plain");
    world.put_json(PATH, &json!({}), None).await;
    let first = world.post("/v1/uploads", &body, Some("key")).await;
    assert_eq!(first.status, StatusCode::CREATED, "{first:?}");
    world.put_width(4).await;
    let again = world.post("/v1/uploads", &body, Some("key")).await;
    assert_eq!((again.status, &again.json["id"]), (StatusCode::CREATED, &first.json["id"]));
    let refused = world.post("/v1/uploads", &body, Some("another key")).await;
    assert_eq!(refused.json["errors"][0]["pointer"], "/content_type");
}

#[tokio::test]
async fn a_file_must_be_one_for_the_recipe_that_it_names() {
    let world = World::new().await;
    world.put_width(4).await;
    for (field, value) in [("content_type", json!("image/avif")), ("size_bytes", json!(64 * 1024 * 1024 + 1))]
    {
        let mut body = naming("avatars");
        body["multipart"] = json!(true);
        body[field] = value;
        let refused = world.post("/v1/uploads", &body, None).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (422, "invalid"), "{field}");
        assert_eq!(refused.json["errors"][0]["pointer"], format!("/{field}"));
    }
    assert!(world.rows().uploads.is_empty());
}

#[tokio::test]
async fn an_upload_that_is_accepted_by_the_second_try_has_the_recipe_of_that_try() {
    let mut world = World::new().await;
    world.put_json(PATH, &long_recipe(10), None).await;
    let mut puts = 0;
    world.injector.set(move |call| {
        puts += u64::from(call.operation == "PutItem");
        // The recipe has a row of its own, and is put before the upload.
        if call.operation == "PutItem" && puts == 2 { InjectedFault::Refused } else { InjectedFault::None }
    });
    let failed = world.post("/v1/uploads", &naming("avatars"), Some("key")).await;
    assert!(failed.status.is_server_error() && world.rows().uploads.is_empty(), "{failed:?}");
    world.injector.clear();
    world.put_json(PATH, &long_recipe(9), None).await;
    let accepted = world.post("/v1/uploads", &naming("avatars"), Some("key")).await;
    let shown = world.carry_out(&accepted).await;
    let made = shown["derivatives"].as_array().unwrap().len();
    assert_eq!((&shown["state"], &shown["recipe"]["version"], made), (&json!("ready"), &json!(2), 9));
    world.delete_upload(shown["id"].as_str().unwrap()).await;
    world.settle().await;
    assert_eq!(
        world.rows().uploads[0].named_recipe,
        None,
        "what remembers a deleted upload says no more of it"
    );
}

#[tokio::test]
async fn a_name_costs_one_read_more_and_an_earlier_version_two() {
    let world = World::new().await;
    for width in [4, 2] {
        world.put_width(width).await;
    }
    let reads_of = async |recipe: &Value| {
        let mut body = naming("");
        body["recipe"] = recipe.clone();
        let reads = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&reads);
        world.injector.set(move |call| {
            let is_read = call.operation == "GetItem" && call.body.contains("acme#recipe#avatars");
            counted.fetch_add(u64::from(is_read), Ordering::SeqCst);
            InjectedFault::None
        });
        assert_eq!(world.post("/v1/uploads", &body, None).await.status, StatusCode::CREATED);
        world.injector.clear();
        reads.load(Ordering::SeqCst)
    };
    assert_eq!(reads_of(&super::recipe(2)).await, 0);
    assert_eq!(reads_of(&json!("avatars")).await, 1);
    assert_eq!(reads_of(&json!("avatars@2")).await, 1);
    assert_eq!(reads_of(&json!("avatars@1")).await, 2);
}
