//! Jobs that are submitted together, each with an outcome of its own.

use serde_json::{Value, json};

use super::receiver::Receiver;
use super::{job, with};
use crate::world::World;

fn batch(jobs: impl IntoIterator<Item = Value>) -> Value {
    json!({ "jobs": jobs.into_iter().collect::<Vec<_>>() })
}

#[tokio::test]
async fn each_job_of_a_batch_is_accepted_or_refused_by_itself() {
    let mut world = World::new().await;
    let receiver = Receiver::with(&world, &[200]);
    let jobs = [job(), json!({ "kind": "http" }), with(json!({ "tags": [""] })), json!(7), job()];
    let answer = world.post("/v1/jobs/batch", &batch(jobs), None).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let entries = answer.json["data"].as_array().unwrap();
    let statuses: Vec<_> = entries.iter().map(|entry| entry["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [202, 422, 422, 422, 202], "{answer:?}");
    assert_eq!(entries[1]["problem"]["errors"][0]["pointer"], "/input");
    assert_eq!(entries[2]["problem"]["errors"][0]["pointer"], "/tags/0");
    world.settle().await;
    assert_eq!(receiver.count(), 2);
    for index in [0, 4] {
        assert_eq!(world.job(entries[index]["job"]["id"].as_str().unwrap()).await["state"], "succeeded");
    }
}

#[tokio::test]
async fn a_batch_is_idempotent_as_a_whole_and_job_by_job() {
    let mut world = World::new().await;
    let receiver = Receiver::with(&world, &[200]);
    let own = with(json!({ "idempotency_key": "own" }));
    let first = world.post("/v1/jobs/batch", &batch([job(), own.clone()]), Some("all")).await.json;
    let again = world.post("/v1/jobs/batch", &batch([job(), own.clone()]), Some("all")).await.json;
    let alone = world.post("/v1/jobs", &job(), Some("own")).await.json;
    for index in [0, 1] {
        assert_eq!(first["data"][index]["job"]["id"], again["data"][index]["job"]["id"]);
        assert_eq!(again["data"][index]["replayed"], true);
    }
    assert_eq!(alone["id"], first["data"][1]["job"]["id"]);
    let changed = batch([with(json!({ "tags": ["other"] })), own]);
    let changed = world.post("/v1/jobs/batch", &changed, Some("all")).await.json;
    assert_eq!(changed["data"][0]["problem"]["code"], "idempotency_key_reused");
    assert_eq!(changed["data"][1]["status"], 202);
    world.settle().await;
    assert_eq!(receiver.count(), 2);
}

#[tokio::test]
async fn a_batch_has_1_to_100_jobs() {
    let mut world = World::new().await;
    let receiver = Receiver::with(&world, &[200]);
    for count in [0, 101] {
        let answer = world.post("/v1/jobs/batch", &batch(vec![job(); count]), None).await;
        assert_eq!((answer.code(), &answer.json["errors"][0]["pointer"]), ("invalid", &json!("/jobs")));
    }
    let answer = world.post("/v1/jobs/batch", &batch(vec![job(); 100]), None).await;
    assert!(answer.json["data"].as_array().unwrap().iter().all(|entry| entry["status"] == 202), "{answer:?}");
    world.settle().await;
    assert_eq!(receiver.count(), 100);
    world.assert_at_rest().await;
}
