//! Every AWS call of the main job fails once, before and after it took effect: nothing is lost, doubled or stuck.

use std::time::Duration;

use local::connector::{Call, Mishap};

use crate::pictures;
use crate::world::{World, announcement};

/// Runs the main job with `mishap` befalling the call with this number; tells whether there was one.
async fn main_job_with(mishap: Mishap, number: u64) -> bool {
    let mut world = World::new().await;
    let last = world.befall(mishap, number);
    let id = world.upload(&pictures::small(), &["thumb", "large", "tiny<thumb"]).await;
    world.settle().await;
    assert_eq!(world.state_of(&id).await, "ready", "call {number}");
    world.assert_at_rest().await;
    world.sabotage.calls() >= last
}

/// Calls are numbered over all functions; the last is found by counting on until there is none.
async fn every_call_with(mishap: Mishap) {
    let mut number = 1;
    while main_job_with(mishap.clone(), number).await {
        number += 1;
    }
    assert!(number > 15, "the main job makes more calls than {number}");
}

#[tokio::test]
async fn each_call_may_be_refused() {
    every_call_with(Mishap::Refused).await;
}

#[tokio::test]
async fn each_call_may_be_refused_after_it_took_effect() {
    every_call_with(Mishap::RefusedAfter).await;
}

#[tokio::test]
async fn the_answer_to_each_call_may_be_lost() {
    every_call_with(Mishap::AnswerLost).await;
}

#[tokio::test]
async fn the_function_may_die_before_each_call() {
    every_call_with(Mishap::Dies).await;
}

#[tokio::test]
async fn the_function_may_die_after_each_call() {
    every_call_with(Mishap::DiesAfter).await;
}

#[tokio::test]
async fn each_call_may_hang_until_the_function_is_killed() {
    every_call_with(Mishap::Hangs).await;
}

#[tokio::test]
async fn the_code_may_panic_in_each_call() {
    every_call_with(Mishap::Panics).await;
}

#[tokio::test]
async fn a_fault_hides_its_cause() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world.sabotage.set(|call| if call.function == "media" { fault_of(call) } else { Mishap::None });
    world.settle().await;
    let shown = world.shown(&id).await;
    assert_eq!(shown["derivatives"][0]["failure"]["code"], "storage_unavailable");
    assert!(!shown.to_string().contains("abotage"), "{shown}");

    world.sabotage.set(|_| Mishap::Refused);
    let answer = world.post("/v1/uploads", &announcement(b"x", &[]), None).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (500, "internal"));
    assert!(!answer.json.to_string().contains("abotage"), "{answer:?}");
}

fn fault_of(call: &Call) -> Mishap {
    if call.operation.starts_with("GET ") { Mishap::Refused } else { Mishap::None }
}

#[tokio::test]
async fn bytes_that_could_not_be_taken_in_are_taken_in_by_the_next_try() {
    let mut world = World::new().await;
    let mut open = true;
    world.sabotage.set(move |call| {
        let here = open && call.function == "intake";
        open &= !here;
        if here { Mishap::Refused } else { Mishap::None }
    });
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world.pass(Duration::from_secs(5 * 60)).await;
    assert_eq!(world.state_of(&id).await, "ready");
    world.assert_at_rest().await;
}
