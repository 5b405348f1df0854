//! Uploads in parts that are never completed: given up by the client, or by time.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::json;

use super::file;
use crate::pictures;
use crate::world::World;

#[tokio::test]
async fn an_upload_given_up_loses_its_parts_and_says_so() {
    let mut world = World::new().await;
    let id = world.announce_in_parts(&file(b"x")).await;
    let part = world.parts(&id, 1).await["data"][0].clone();
    world.send_parts(&id, &b"x"[..].into()).await;
    for _ in 0..2 {
        let answer = world.abort(&id).await;
        assert_eq!((answer.status, &answer.json["state"]), (StatusCode::OK, &json!("aborted")), "{answer:?}");
    }
    world.settle().await;
    assert_eq!(world.send_part(&part, b"x"[..].into()).await, Err(StatusCode::NOT_FOUND));
    for (method, path) in [(Method::GET, "parts"), (Method::POST, "complete")] {
        let answer = world.ask(method, &format!("/v1/uploads/{id}/{path}"), &json!({}), None).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (409, "conflict"));
        assert!(answer.json["detail"].as_str().unwrap().contains("aborted"));
    }
    world.assert_at_rest().await;
}

#[tokio::test]
async fn bytes_that_arrive_after_all_are_removed_and_what_has_arrived_is_not_given_up() {
    let mut world = World::new().await;
    let id = world.announce_in_parts(&file(b"x")).await;
    world.send_parts(&id, &b"x"[..].into()).await;
    world.complete(&id, &json!({})).await;
    assert_eq!(world.abort(&id).await.status, StatusCode::OK, "no event has come yet");
    world.settle().await;
    assert_eq!(world.original(&id).await, None);
    world.assert_at_rest().await;

    let picture = pictures::small();
    let created = world.announce(&picture, &["thumb"]).await;
    assert_eq!(world.abort(&created.id).await.json["state"], "aborted", "in one request, too");
    assert_eq!(world.put(&created, &picture).await, StatusCode::OK, "its signature is good");
    world.settle().await;
    world.assert_at_rest().await;

    let id = world.upload(&picture, &["thumb"]).await;
    world.settle().await;
    assert_eq!(world.abort(&id).await.code(), "conflict");
    assert_eq!(world.state_of(&id).await, "ready");
}

#[tokio::test]
async fn an_upload_that_is_never_completed_expires_after_a_day_and_its_parts_go() {
    let mut world = World::new().await;
    let id = world.announce_in_parts(&file(b"x")).await;
    world.send_parts(&id, &b"x"[..].into()).await;
    world.clock.advance(Duration::from_secs(24 * 60 * 60));
    world.ask_for_audit();
    world.tick().await;
    world.deliver_all().await;
    assert_eq!(world.state_of(&id).await, "pending", "the grace is not over");
    assert!(world.parts(&id, 1).await["data"][0].get("request").is_none(), "too late to send");
    world.clock.advance(Duration::from_secs(60 * 60 + 1));
    world.ask_for_audit();
    world.tick().await;
    world.deliver_all().await;
    assert_eq!(world.state_of(&id).await, "expired");
    let answer = world.complete(&id, &json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (409, "conflict"));
    world.settle().await;
    world.assert_at_rest().await;
}

#[tokio::test]
async fn an_upload_whose_parts_s3_dropped_is_told_to_begin_anew() {
    let world = World::new().await;
    let id = world.announce_in_parts(&file(b"x")).await;
    let upload = world.rows().uploads.remove(0);
    world.developer.bucket.abort_parts(&upload).await.expect("S3 answers");
    let answer = world.complete(&id, &json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (409, "conflict"));
    assert!(answer.json["detail"].as_str().unwrap().contains("anew"), "{answer:?}");
}

#[tokio::test]
async fn a_repeated_announcement_leaves_one_place_for_parts() {
    let world = World::new().await;
    let ids = [world.announce_in_parts(&file(b"x")).await, world.announce_in_parts(&file(b"x")).await];
    assert_eq!(ids[0], ids[1]);
    assert_eq!(world.ask(Method::POST, "/v1/uploads", &file(b"xy"), Some("in parts")).await.status, 422);
    let bucket = &world.template.buckets[0].name;
    assert_eq!(world.aws.s3.open_uploads(bucket).expect("the store answers").len(), 1);
    world.send_parts(&ids[0], &b"x"[..].into()).await;
    assert_eq!(world.complete(&ids[0], &json!({})).await.status, StatusCode::OK);
}
