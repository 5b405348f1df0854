//! A declared SHA-256 of a file in parts, which S3 knows none of: a job verifies it before anything is made.

use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{file, two_parts};
use crate::pictures;
use crate::world::{World, announcement};

const UPDATE: &str = "dynamodb:UpdateItem";

fn digits(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Announces, sends and completes a file, and lets everything come to rest.
async fn uploaded(world: &mut World, mut body: Value, sha256: &str, bytes: &Bytes) -> String {
    body["sha256"] = json!(sha256);
    body["multipart"] = json!(true);
    let id = world.announce_in_parts(&body).await;
    world.send_parts(&id, bytes).await;
    world.complete(&id, &json!({})).await;
    world.settle().await;
    id
}

#[tokio::test]
async fn bytes_of_the_declared_checksum_are_verified_before_anything_is_made_of_them() {
    let mut world = World::new().await;
    let bytes = two_parts();
    let id = uploaded(&mut world, file(&bytes), &digits(&bytes), &bytes).await;
    assert_eq!(world.state_of(&id).await, "ready");
    assert_eq!(world.rows().jobs.len(), 1);
    world.assert_at_rest().await;

    let mut world = World::new().await;
    let picture = Bytes::from(pictures::small());
    let id = uploaded(&mut world, announcement(&picture, &["a", "b"]), &digits(&picture), &picture).await;
    let shown = world.shown(&id).await;
    assert_eq!((&shown["state"], shown["derivatives"].as_array().unwrap().len()), (&json!("ready"), 2));
    let jobs = world.rows().jobs;
    let verified = jobs.iter().find(|job| job.kind.as_str() == "checksum").expect("a job that verifies");
    let others = jobs.iter().filter(|job| job.id != verified.id);
    assert!(others.into_iter().all(|job| job.accepted_at >= verified.updated_at));
    let job = world.get(&format!("/v1/jobs/{}", verified.id)).await.json;
    assert_eq!((&job["kind"], &job["state"]), (&json!("checksum"), &json!("succeeded")));
    world.assert_at_rest().await;
}

#[tokio::test]
async fn bytes_of_another_checksum_are_rejected_and_nothing_is_made_of_them() {
    let mut world = World::new().await;
    let picture = Bytes::from(pictures::small());
    let id = uploaded(&mut world, announcement(&picture, &["a", "b"]), &digits(b"other"), &picture).await;
    let shown = world.shown(&id).await;
    assert_eq!(json!([shown["state"], shown["rejection"]["code"]]), json!(["rejected", "checksum_mismatch"]));
    assert_eq!(world.rows().jobs.len(), 1, "no step was put");
    assert_eq!(world.original(&id).await, None);
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_verified_upload_costs_no_more_than_one_of_a_step_more() {
    for (steps, with_checksum) in [(0, false), (0, true), (2, true)] {
        let mut world = World::new().await;
        let picture = Bytes::from(pictures::small());
        let mut body = announcement(&picture, &["a", "b"][..steps]);
        body["multipart"] = json!(true);
        if with_checksum {
            body["sha256"] = json!(digits(&picture));
        }
        world.get("/v1/jobs/x").await;
        world.aws.meter.reset();
        let id = world.announce_in_parts(&body).await;
        world.send_parts(&id, &picture).await;
        world.complete(&id, &json!({})).await;
        world.settle().await;
        assert_eq!(world.state_of(&id).await, "ready");
        let all = steps + usize::from(with_checksum);
        let most = if all == 0 { 3.0 } else { (4 + 4 * all) as f64 };
        // The rows that api updates are rate limits; observer's work is shared by all uploads.
        let costs = world.aws.meter.costs();
        let of_uploads = costs.iter().filter(|((caller, call), _)| {
            caller != "observer" && (caller.as_str(), call.as_str()) != ("api", UPDATE)
        });
        let units: f64 = of_uploads.map(|(_, cost)| cost.write_units).sum();
        assert!(units <= most, "{steps} steps, checksum {with_checksum}: {units} units, more than {most}");
    }
}
