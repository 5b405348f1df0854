//! Deleting an upload in parts, before they are one file and after.

use http::StatusCode;
use serde_json::json;
use sha2::{Digest, Sha256};
use shared::job::State;

use super::{file, two_parts};
use crate::world::World;

#[tokio::test]
async fn parts_of_a_deleted_upload_are_removed_and_none_is_taken_after() {
    let mut world = World::new().await;
    let bytes = two_parts();
    let id = world.announce_in_parts(&file(&bytes)).await;
    let page = world.parts(&id, 1).await;
    world.send_parts(&id, &bytes).await;
    world.delete_upload(&id).await;
    world.deliver_all().await;
    assert_eq!(world.send_part(&page["data"][1], bytes.slice(..1000)).await, Err(StatusCode::NOT_FOUND));
    assert_eq!(world.complete(&id, &json!({})).await.code(), "gone");
    assert_eq!(world.abort(&id).await.code(), "gone");
    world.assert_only_remembered(&id).await;
}

#[tokio::test]
async fn the_verification_of_a_deleted_upload_is_not_run() {
    let mut world = World::new().await;
    let bytes = two_parts();
    let mut body = file(&bytes);
    body["sha256"] =
        Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>().into();
    let id = world.announce_in_parts(&body).await;
    world.send_parts(&id, &bytes).await;
    assert_eq!(world.complete(&id, &json!({})).await.status, StatusCode::OK);
    world.deliver_notifications().await;
    world.delete_upload(&id).await;
    world.run_worker().await;
    world.assert_only_remembered(&id).await;
    let jobs = world.rows().jobs;
    assert!(jobs.len() == 1 && jobs[0].state == State::Cancelled && jobs[0].epoch == 0, "{jobs:#?}");
}
