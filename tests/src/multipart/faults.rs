//! Every AWS call of an upload in parts fails once, before and after it took effect; and AWS does all it may do.

use bytes::Bytes;
use http::StatusCode;
use local::connector::InjectedFault;
use serde_json::json;
use sha2::{Digest, Sha256};
use shared::id::digest;

use crate::pictures;
use crate::world::{World, announcement};

const SEEDS: u64 = 10;

/// This many of a hundred calls have a fault injected.
const FAULTS_PERCENT: u8 = 4;

/// Three runs without an outcome end a job, as they should.
const LOST_RUNS_MAX: u32 = 2;

/// Announces a picture with its checksum in parts, sends it, completes it, and lets everything come to rest.
async fn assert_becomes_ready(world: &mut World, about: &str) {
    let picture = Bytes::from(pictures::small());
    let mut body = announcement(&picture, &["thumb"]);
    body["multipart"] = json!(true);
    let digits: String = Sha256::digest(&picture).iter().map(|byte| format!("{byte:02x}")).collect();
    body["sha256"] = json!(digits);
    let id = world.announce_in_parts(&body).await;
    world.send_parts(&id, &picture).await;
    let completed = world.complete(&id, &json!({})).await;
    assert_eq!(completed.status, StatusCode::OK, "{about}: {completed:?}");
    world.settle().await;
    world.injector.clear();
    assert_eq!(world.state_of(&id).await, "ready", "{about}");
    world.assert_at_rest().await;
}

async fn every_call_with(fault: InjectedFault) {
    for number in 1.. {
        let mut world = World::new().await;
        let last = world.inject(fault.clone(), number);
        assert_becomes_ready(&mut world, &format!("{fault:?} in call {number}")).await;
        if world.injector.calls() < last {
            assert!(number > 20, "an upload in parts makes more calls than {number}");
            return;
        }
    }
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
async fn whatever_aws_does_an_upload_in_parts_becomes_ready() {
    for seed in 0..SEEDS {
        let mut world = World::hostile(seed).await;
        let mut lost = 0;
        world.injector.set(move |call| {
            let fault = fault(seed, call.number);
            let may_lose_a_run = call.function == "media" && !matches!(fault, InjectedFault::None);
            lost += u32::from(may_lose_a_run);
            if may_lose_a_run && lost > LOST_RUNS_MAX { InjectedFault::None } else { fault }
        });
        assert_becomes_ready(&mut world, &format!("seed {seed}")).await;
    }
}

/// The fault injected into a call: the same for the same seed.
fn fault(seed: u64, number: u64) -> InjectedFault {
    let bits = digest(&["parts", &seed.to_string(), &number.to_string()]);
    if bits[0] % 100 >= FAULTS_PERCENT {
        return InjectedFault::None;
    }
    match bits[1] % 5 {
        0 => InjectedFault::Refused,
        1 => InjectedFault::RefusedAfter,
        2 => InjectedFault::AnswerLost,
        3 => InjectedFault::Dies,
        _ => InjectedFault::DiesAfter,
    }
}
