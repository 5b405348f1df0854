//! Deleting uploads: whatever state they are in and whatever fails, nothing is left but what remembers them.

use std::time::Duration;

use http::StatusCode;
use local::connector::InjectedFault;
use shared::aws::table::Change;
use shared::job;
use shared::operations::changes::follow_changes;
use shared::upload::State;

use crate::pictures;
use crate::world::{WORKER_QUEUE, World, announcement};

mod faults;
mod races;

impl World {
    /// Delivers the messages of the worker's queue, and the changes that come before and after.
    pub async fn run_worker(&mut self) {
        self.deliver_changes().await;
        self.deliver_to_worker().await;
        self.deliver_changes().await;
    }

    /// Delivers a batch of the worker's queue alone.
    pub async fn deliver_to_worker(&self) {
        for queue in self.sources.queues.iter().filter(|queue| queue.source.queue == WORKER_QUEUE) {
            let messages = queue.receive().expect("the emulation works");
            queue.deliver(messages).await.expect("the emulation works");
        }
    }

    async fn deliver_changes(&mut self) {
        for stream in &mut self.sources.streams {
            while stream.deliver().await.expect("the emulation works") {}
        }
    }

    /// Asserts what is left once everything has come to rest: no object, and a row that remembers the upload.
    pub async fn assert_only_remembered(&mut self, id: &str) {
        self.settle().await;
        let answer = self.get(&format!("/v1/uploads/{id}")).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::GONE, "gone"), "{answer:?}");
        let rows = self.rows();
        let upload = rows.uploads.iter().find(|upload| upload.id.as_str() == id).expect("a row remembers it");
        assert_eq!((upload.state, upload.filename.as_str()), (State::Deleted, ""));
        assert!(upload.recipe.is_none() && upload.image.is_none() && upload.done.is_empty(), "{upload:?}");
        let keys = self.aws.s3.keys(&self.template.buckets[0].name).expect("the store answers");
        let left: Vec<_> = keys.iter().filter(|key| key.contains(id)).collect();
        assert!(left.is_empty(), "{left:?} are left behind");
        for item in self.items() {
            let is_jobs_or_recipe = item.to_string().contains(id);
            assert!(!is_jobs_or_recipe || item.get("expires_at").is_some(), "stays for ever: {item}");
        }
        self.assert_at_rest().await;
    }
}

#[tokio::test]
async fn a_deleted_upload_is_gone_at_once_and_forgotten_after_a_week() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb", "large"]).await;
    world.settle().await;
    let path = format!("/v1/uploads/{id}");
    assert_eq!(world.delete(&path, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.get(&path).await.code(), "gone");
    assert_eq!(world.get("/v1/uploads").await.json["data"], serde_json::json!([]));
    assert_eq!(world.delete(&path, None).await.status, StatusCode::NO_CONTENT, "as good as the first time");
    world.deliver_all().await;
    world.assert_only_remembered(&id).await;
    assert_eq!(world.delete(&path, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.delete(&path, Some("\"x\"")).await.status, StatusCode::NO_CONTENT);

    world.clock.advance(Duration::from_secs(8 * 24 * 60 * 60));
    world.aws.dynamodb.sweep().unwrap();
    assert_eq!(world.get(&path).await.code(), "not_found");
    assert_eq!(world.delete(&path, None).await.code(), "not_found");
    let rows = world.rows();
    assert!(rows.uploads.is_empty() && rows.jobs.is_empty(), "{rows:?}");
}

#[tokio::test]
async fn an_upload_without_jobs_under_way_is_deleted_by_its_own_change_alone() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world.settle().await;
    world.delete_upload(&id).await;
    world.deliver_all().await;
    assert_eq!(world.rows().uploads[0].state, State::Deleted, "no minute had to pass");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_recipe_of_its_own_goes_with_its_upload() {
    let mut world = World::new().await;
    let names: Vec<String> = (0..10).map(|index| format!("a-step-with-a-rather-long-name-{index}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let id = world.upload(&pictures::small(), &names).await;
    world.settle().await;
    world.delete_upload(&id).await;
    world.assert_only_remembered(&id).await;
}

#[tokio::test]
async fn only_what_was_seen_is_deleted_where_if_match_says_so() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    let path = format!("/v1/uploads/{id}");
    let early = world.get(&path).await.headers["etag"].to_str().unwrap().to_owned();
    world.settle().await;
    let refused = world.delete(&path, Some(&early)).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::PRECONDITION_FAILED, "precondition_failed"));
    assert_eq!(world.state_of(&id).await, "ready");
    let current = world.get(&path).await.headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(world.delete(&path, Some(&current)).await.status, StatusCode::NO_CONTENT);
    world.assert_only_remembered(&id).await;
}

#[tokio::test]
async fn what_changes_between_the_look_and_the_deletion_is_left_alone() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world.deliver_notifications().await;
    let seen = world.rows().uploads.remove(0);
    world.settle().await;
    let deleted =
        shared::operations::uploads::delete_upload(&world.developer, &seen.tenant, &id, Some(&seen)).await;
    assert!(deleted.is_err(), "it had moved on since it was seen");
    assert_eq!(world.state_of(&id).await, "ready");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn what_is_not_there_or_anothers_is_not_found() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &[]).await;
    world.settle().await;
    let other = world.add_tenant("other").await;
    let authorization = format!("Bearer {other}");
    for path in [format!("/v1/uploads/{id}"), "/v1/uploads/x".to_owned()] {
        let headers = [("authorization", authorization.as_str())];
        let answer = world.send(http::Method::DELETE, &path, &headers, "").await;
        assert_eq!((answer.status, answer.code()), (StatusCode::NOT_FOUND, "not_found"));
    }
    assert_eq!(world.state_of(&id).await, "ready");
}

#[tokio::test]
async fn its_idempotency_key_names_a_deleted_upload_while_it_is_remembered() {
    let mut world = World::new().await;
    let body = announcement(&pictures::small(), &["thumb"]);
    let made = world.post("/v1/uploads", &body, Some("k")).await;
    let id = made.json["id"].as_str().unwrap();
    world.delete_upload(id).await;
    for state in ["deleting", "deleted"] {
        let replay = world.post("/v1/uploads", &body, Some("k")).await;
        assert_eq!((replay.status, &replay.json["id"]), (StatusCode::CREATED, &made.json["id"]));
        assert_eq!((&replay.json["state"], replay.json.get("request")), (&serde_json::json!(state), None));
        world.settle().await;
    }
    let other = world.post("/v1/uploads", &announcement(b"x", &[]), Some("k")).await;
    assert_eq!(other.code(), "idempotency_key_reused");

    world.clock.advance(Duration::from_secs(8 * 24 * 60 * 60));
    world.aws.dynamodb.sweep().unwrap();
    let anew = world.post("/v1/uploads", &body, Some("k")).await;
    assert_eq!((&anew.json["state"], &anew.json["id"]), (&serde_json::json!("pending"), &made.json["id"]));
    let created = anew.created();
    assert_eq!(world.put(&created, &pictures::small()).await, StatusCode::OK);
    world.settle().await;
    assert_eq!(world.state_of(&created.id).await, "ready");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn the_audit_finds_a_deletion_whose_record_was_lost() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world.settle().await;
    world.delete_upload(&id).await;
    world.lose_changes();
    world.assert_only_remembered(&id).await;
}
