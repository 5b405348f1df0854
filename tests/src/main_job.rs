//! The main job: a picture goes in, its derivatives come out.

use http::StatusCode;
use local::connector::InjectedFault;
use serde_json::json;
use shared::upload::key;

use crate::pictures;
use crate::world::{World, announcement};

#[tokio::test]
async fn a_picture_goes_in_and_its_derivatives_come_out() {
    let mut world = World::new().await;
    let bytes = pictures::png(24, 16);
    let created = world.announce(&bytes, &["thumb", "large"]).await;
    assert_eq!(world.state_of(&created.id).await, "pending");
    assert_eq!(world.put(&created, &bytes).await, StatusCode::OK);
    world.deliver_notifications().await;
    assert_eq!(world.state_of(&created.id).await, "received");
    world.settle().await;

    let shown = world.shown(&created.id).await;
    assert_eq!(shown["state"], "ready");
    assert_eq!((&shown["image"]["width"], &shown["image"]["height"]), (&json!(24), &json!(16)));
    for derivative in shown["derivatives"].as_array().unwrap() {
        assert_eq!(derivative["state"], "succeeded");
        assert_eq!((&derivative["width"], &derivative["height"]), (&json!(8), &json!(8)));
        let (status, body) = world.download(derivative["url"].as_str().unwrap()).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(body.len() as u64, derivative["size_bytes"].as_u64().unwrap());
        assert_eq!(&body[8..12], b"WEBP");
    }
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_file_without_steps_is_ready_once_it_has_arrived() {
    let mut world = World::new().await;
    let body = json!({ "filename": "a.pdf", "content_type": "application/pdf", "size_bytes": 3 });
    let created = world.post("/v1/uploads", &body, None).await.created();
    assert_eq!(world.put(&created, b"%PD").await, StatusCode::OK);
    world.settle().await;
    assert_eq!(world.state_of(&created.id).await, "ready");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_job_shows_its_attempts_and_belongs_to_its_upload() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world.settle().await;
    let shown = world.shown(&id).await;
    let path = shown["derivatives"][0]["links"]["job"].as_str().unwrap();
    let job = world.get(path).await.json;
    assert_eq!((&job["state"], &job["attempts"]), (&json!("succeeded"), &json!(1)));
    assert_eq!(job["timeline"][0]["outcome"], "succeeded");
    assert_eq!(
        (&job["kind"], &job["upload"], &job["step"]),
        (&json!("image_step"), &json!(id), &json!("thumb"))
    );
    assert_eq!((job.get("run"), job["links"].get("run")), (None, None), "it belongs to the upload itself");
    assert_eq!(job["links"]["upload"], json!(format!("/v1/uploads/{id}")));
}

#[tokio::test]
async fn a_recipe_too_long_for_the_row_is_carried_out_whole() {
    let mut world = World::new().await;
    let names: Vec<String> = (0..10).map(|index| format!("a-step-with-a-rather-long-name-{index}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let id = world.upload(&pictures::small(), &names).await;
    world.settle().await;
    let shown = world.shown(&id).await;
    assert_eq!(shown["state"], "ready");
    assert_eq!(shown["derivatives"].as_array().unwrap().len(), 10);
    world.assert_at_rest().await;
}

#[tokio::test]
async fn an_idempotency_key_names_what_it_made() {
    let world = World::new().await;
    let body = announcement(&pictures::small(), &["thumb"]);
    let first = world.post("/v1/uploads", &body, Some("the-key")).await;
    world.clock.advance(std::time::Duration::from_secs(60));
    let again = world.post("/v1/uploads", &body, Some("the-key")).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!(first.json["id"], again.json["id"]);
    assert_eq!(first.headers["location"], again.headers["location"]);
    assert!(!first.headers.contains_key("idempotency-replayed"));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_ne!(first.json["request"]["url"], again.json["request"]["url"], "the request is signed anew");

    let other = announcement(&pictures::small(), &["other"]);
    let refused = world.post("/v1/uploads", &other, Some("the-key")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.code(), "idempotency_key_reused");
    assert_eq!(world.rows().uploads.len(), 1);
}

#[tokio::test]
async fn the_listing_pages_through_all_uploads_newest_first() {
    let mut world = World::new().await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(world.announce(&pictures::small(), &[]).await.id);
        world.clock.advance(std::time::Duration::from_secs(1));
    }
    made.reverse();
    let mut listed = Vec::new();
    let mut path = "/v1/uploads?limit=3".to_owned();
    loop {
        let page = world.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{page:?}");
        let ids = page.json["data"].as_array().unwrap().iter();
        listed.extend(ids.map(|upload| upload["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page.json["next_cursor"].as_str() else { break };
        path = format!("/v1/uploads?limit=3&cursor={cursor}");
    }
    assert_eq!(listed, made);
}

#[tokio::test]
async fn an_upload_whose_bytes_never_arrive_expires() {
    let mut world = World::new().await;
    let created = world.announce(&pictures::small(), &["thumb"]).await;
    world.settle().await;
    assert_eq!(world.state_of(&created.id).await, "expired");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn bytes_that_arrive_after_the_upload_expired_are_removed() {
    let mut world = World::new().await;
    let bytes = pictures::small();
    let created = world.announce(&bytes, &["thumb"]).await;
    let id = shared::id::UploadId::parse(&created.id).unwrap();
    let tenant = shared::tenant::Tenant::parse("acme").unwrap();
    let upload = world.developer.table.get_upload(&tenant, &id).await.unwrap().unwrap();
    world.developer.table.expire_upload(&upload, world.clock.now()).await.unwrap();
    assert_eq!(world.put(&created, &bytes).await, StatusCode::OK);
    world.settle().await;
    assert_eq!(world.state_of(&created.id).await, "expired");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn an_original_that_is_rejected_is_removed_at_once() {
    let mut world = World::new().await;
    let mut bytes = pictures::small();
    let created = world.announce(&bytes, &["thumb"]).await;
    bytes.fill(b'-');
    assert_eq!(world.put(&created, &bytes).await, StatusCode::OK);
    world.deliver_all().await;
    assert_eq!(world.state_of(&created.id).await, "rejected");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn an_original_that_was_replaced_is_not_worked_on() {
    let mut world = World::new().await;
    let created = world.announce(&pictures::png(24, 16), &["thumb"]).await;
    assert_eq!(world.put(&created, &pictures::png(24, 16)).await, StatusCode::OK);
    world.deliver_notifications().await;
    let upload = world.rows().uploads.remove(0);
    world.developer.bucket.remove(&key::original(&upload.tenant, &upload.id)).await.unwrap();
    let mut other = pictures::png(24, 16);
    // As long as the one that was announced.
    other[29] ^= 1;
    assert_eq!(world.put(&created, &other).await, StatusCode::OK);
    world.settle().await;
    let job = world.rows().jobs.remove(0);
    assert_eq!(job.failure.unwrap().code, "original_gone");
}

#[tokio::test]
async fn steps_that_end_apart_are_all_waited_for() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb", "large"]).await;
    let mut open = true;
    world.injector.set(move |call| {
        let here = open && call.function == "media" && call.operation.starts_with("PUT ");
        open &= !here;
        if here { InjectedFault::Refused } else { InjectedFault::None }
    });
    world.deliver_all().await;
    assert_eq!(world.state_of(&id).await, "processing");
    world.settle().await;
    assert_eq!(world.state_of(&id).await, "ready");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_cursor_continues_the_listing_of_its_own_tenant_alone() {
    let mut world = World::new().await;
    for _ in 0..2 {
        world.announce(&pictures::small(), &[]).await;
    }
    let page = world.get("/v1/uploads?limit=1").await;
    let path = format!("/v1/uploads?limit=1&cursor={}", page.json["next_cursor"].as_str().unwrap());
    assert_eq!(world.get(&path).await.status, StatusCode::OK);
    let other = world.add_tenant("other").await;
    assert_eq!(world.get_as(&other, &path).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn bytes_that_arrive_long_after_the_upload_expired_are_removed() {
    let mut world = World::new().await;
    let bytes = pictures::small();
    let created = world.announce(&bytes, &["thumb"]).await;
    let upload = world.rows().uploads.remove(0);
    world.developer.table.expire_upload(&upload, world.clock.now()).await.unwrap();
    world.deliver_all().await;
    assert_eq!(world.put(&created, &bytes).await, StatusCode::OK);
    world.deliver_all().await;
    assert_eq!(world.state_of(&created.id).await, "expired");
    world.assert_at_rest().await;
}
