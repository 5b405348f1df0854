//! Every AWS call of the main job fails once, before and after it took effect: nothing is lost, doubled or stuck.

use std::time::Duration;

use local::connector::{Call, InjectedFault};

use crate::pictures;
use crate::world::{World, announcement};

/// Runs the main job with `fault` injected into the call with this number; returns whether there was one.
async fn main_job_with(fault: InjectedFault, number: u64) -> bool {
    let mut world = World::new().await;
    let last = world.inject(fault, number);
    let id = world.upload(&pictures::small(), &["thumb", "large", "tiny<thumb"]).await;
    world.settle().await;
    assert_eq!(world.state_of(&id).await, "ready", "call {number}");
    world.assert_at_rest().await;
    world.injector.calls() >= last
}

/// Calls are numbered over all functions; the last is found by counting on until there is none.
async fn every_call_with(fault: InjectedFault) {
    let mut number = 1;
    while main_job_with(fault.clone(), number).await {
        number += 1;
    }
    assert!(number > 15, "the main job makes more calls than {number}");
}

#[tokio::test]
async fn each_call_may_be_refused() {
    every_call_with(InjectedFault::Refused).await;
}

#[tokio::test]
async fn each_call_may_be_refused_after_it_took_effect() {
    every_call_with(InjectedFault::RefusedAfter).await;
}

#[tokio::test]
async fn the_answer_to_each_call_may_be_lost() {
    every_call_with(InjectedFault::AnswerLost).await;
}

#[tokio::test]
async fn the_function_may_die_before_each_call() {
    every_call_with(InjectedFault::Dies).await;
}

#[tokio::test]
async fn the_function_may_die_after_each_call() {
    every_call_with(InjectedFault::DiesAfter).await;
}

#[tokio::test]
async fn each_call_may_hang_until_the_function_is_killed() {
    every_call_with(InjectedFault::Hangs).await;
}

#[tokio::test]
async fn the_code_may_panic_in_each_call() {
    every_call_with(InjectedFault::Panics).await;
}

#[tokio::test]
async fn a_fault_hides_its_cause() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world.injector.set(|call| if call.function == "media" { fault_of(call) } else { InjectedFault::None });
    world.settle().await;
    let shown = world.shown(&id).await;
    assert_eq!(shown["derivatives"][0]["failure"]["code"], "storage_unavailable");
    assert!(!shown.to_string().contains("njected"), "{shown}");

    world.injector.set(|_| InjectedFault::Refused);
    let answer = world.post("/v1/uploads", &announcement(b"x", &[]), None).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (500, "internal"));
    assert!(!answer.json.to_string().contains("njected"), "{answer:?}");
}

fn fault_of(call: &Call) -> InjectedFault {
    if call.operation.starts_with("GET ") { InjectedFault::Refused } else { InjectedFault::None }
}

#[tokio::test]
async fn bytes_that_could_not_be_ingested_are_ingested_by_the_next_try() {
    let mut world = World::new().await;
    let mut open = true;
    world.injector.set(move |call| {
        let here = open && call.function == "intake";
        open &= !here;
        if here { InjectedFault::Refused } else { InjectedFault::None }
    });
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world.pass(Duration::from_secs(5 * 60)).await;
    assert_eq!(world.state_of(&id).await, "ready");
    world.assert_at_rest().await;
}
