//! Poison: one bad item costs nobody else anything, and is dead with its reason after three epochs.

use std::time::Duration;

use local::connector::{Call, InjectedFault};
use local::sqs::NewMessage;
use serde_json::json;
use shared::job::State;

use crate::pictures;
use crate::world::{MEDIA_QUEUE, World};

/// Five uploads, of which reading one's original ends in `fault` every time.
async fn one_of_five(fault: InjectedFault) -> (World, Vec<String>) {
    let mut world = World::new().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(world.upload(&pictures::small(), &["thumb"]).await);
    }
    let culprit = ids[2].clone();
    world.injector.set(move |call| if reads(call, &culprit) { fault.clone() } else { InjectedFault::None });
    world.settle().await;
    world.injector.clear();
    (world, ids)
}

fn reads(call: &Call, upload: &str) -> bool {
    call.function == "media" && call.operation.starts_with("GET ") && call.operation.contains(upload)
}

async fn assert_only_the_culprit_is_dead(fault: InjectedFault, code: &str, epochs: u32) {
    let (world, ids) = one_of_five(fault).await;
    for (index, id) in ids.iter().enumerate() {
        let shown = world.shown(id).await;
        if index == 2 {
            assert_eq!(shown["state"], "failed");
            let failure = &shown["derivatives"][0]["failure"];
            assert_eq!(failure["code"], json!(code), "{failure}");
        } else {
            assert_eq!(shown["state"], "ready");
        }
    }
    for job in world.rows().jobs {
        if job.state == State::Dead {
            assert_eq!(job.epoch, epochs);
        } else {
            assert_eq!((job.epoch, job.attempts), (1, 1), "a neighbour ran more than once: {job:?}");
        }
    }
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_job_that_times_out_dies_alone() {
    assert_only_the_culprit_is_dead(InjectedFault::Hangs, "crashed", 3).await;
}

#[tokio::test]
async fn a_job_that_exhausts_memory_dies_alone() {
    assert_only_the_culprit_is_dead(InjectedFault::Dies, "crashed", 3).await;
}

#[tokio::test]
async fn a_job_that_panics_dies_alone() {
    assert_only_the_culprit_is_dead(InjectedFault::Panics, "panicked", 3).await;
}

#[tokio::test]
async fn a_job_that_fails_is_tried_as_often_as_its_policy_says() {
    assert_only_the_culprit_is_dead(InjectedFault::Refused, "storage_unavailable", 6).await;
}

#[tokio::test]
async fn a_message_that_is_no_delivery_comes_into_sight_and_holds_nothing_up() {
    let mut world = World::new().await;
    world.aws.sqs.send(MEDIA_QUEUE, NewMessage::with_body("not a delivery")).unwrap();
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world.settle().await;
    assert_eq!(world.state_of(&id).await, "ready");
    assert_eq!(world.dead_letters(), ["not a delivery"]);
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_message_whose_job_is_not_there_comes_into_sight() {
    let mut world = World::new().await;
    let body =
        json!({ "tenant": "acme", "job": "job_00000000000000000000000000", "dispatch": 1, "accepted_at": 1 });
    world.aws.sqs.send(MEDIA_QUEUE, NewMessage::with_body(body.to_string())).unwrap();
    world.settle().await;
    assert_eq!(world.dead_letters(), [body.to_string()]);
}

#[tokio::test]
async fn whatever_shares_a_batch_with_a_suspect_is_finished_before_it_runs() {
    let mut world = World::new().await;
    let culprit = world.upload(&pictures::small(), &["thumb"]).await;
    for _ in 0..4 {
        world.upload(&pictures::small(), &["thumb"]).await;
    }
    world
        .injector
        .set(move |call| if reads(call, &culprit) { InjectedFault::Dies } else { InjectedFault::None });
    while world.rows().jobs.iter().all(|job| job.epoch < 2) {
        world.pass(Duration::from_secs(1)).await;
    }
    let jobs = world.rows().jobs;
    assert_eq!(jobs.iter().filter(|job| job.state == State::Succeeded).count(), 4, "{jobs:#?}");
}
