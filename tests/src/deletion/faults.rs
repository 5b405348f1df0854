//! Every AWS call of a deletion fails once, before and after it took effect; and AWS does what it may do.

use super::*;
use shared::id::digest;

/// Deletes an upload whose one run is paused while `fault` is injected into its call with this number; returns
/// whether there was one.
async fn deletion_with(fault: InjectedFault, number: u64, is_under_way: bool) -> bool {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb", "large"]).await;
    if is_under_way {
        world.deliver_notifications().await;
        for _ in 0..4 {
            for stream in &mut world.sources.streams {
                stream.deliver().await.unwrap();
            }
        }
    } else {
        world.settle().await;
    }
    let last = world.inject(fault, number);
    world.delete_upload(&id).await;
    world.assert_only_remembered(&id).await;
    world.injector.calls() >= last
}

async fn every_call_with(fault: InjectedFault) {
    for is_under_way in [false, true] {
        let mut number = 1;
        while deletion_with(fault.clone(), number, is_under_way).await {
            number += 1;
        }
        assert!(number > 8, "a deletion makes more calls than {number}");
    }
}

#[tokio::test]
async fn each_call_of_a_deletion_may_be_refused() {
    every_call_with(InjectedFault::Refused).await;
}

#[tokio::test]
async fn each_call_of_a_deletion_may_be_refused_after_it_took_effect() {
    every_call_with(InjectedFault::RefusedAfter).await;
}

#[tokio::test]
async fn the_answer_to_each_call_of_a_deletion_may_be_lost() {
    every_call_with(InjectedFault::AnswerLost).await;
}

#[tokio::test]
async fn the_function_may_die_before_each_call_of_a_deletion() {
    every_call_with(InjectedFault::Dies).await;
}

#[tokio::test]
async fn the_function_may_die_after_each_call_of_a_deletion() {
    every_call_with(InjectedFault::DiesAfter).await;
}

#[tokio::test]
async fn each_call_of_a_deletion_may_hang_until_the_function_is_killed() {
    every_call_with(InjectedFault::Hangs).await;
}

#[tokio::test]
async fn whatever_aws_does_deleted_uploads_are_gone_and_others_ready() {
    for seed in 0..20 {
        let mut world = World::hostile(seed).await;
        world.injector.set(move |call| {
            let bits = digest(&["deletion", &seed.to_string(), &call.number.to_string()]);
            match bits[0] {
                0..=3 => InjectedFault::Refused,
                4..=7 => InjectedFault::AnswerLost,
                8..=9 if call.function != "media" => InjectedFault::DiesAfter,
                _ => InjectedFault::None,
            }
        });
        let kept = world.upload(&pictures::png(9, 9), &["thumb", "large"]).await;
        let mut deleted = Vec::new();
        for turn in 0..4 {
            let id = world.upload(&pictures::png(8, 8), &["thumb", "medium", "large"]).await;
            // Each is further on than the next when it is deleted.
            for _ in 0..digest(&["turns", &seed.to_string(), &turn.to_string()])[0] % 12 {
                world.deliver_notifications().await;
                for stream in &mut world.sources.streams {
                    stream.deliver().await.unwrap();
                }
                world.deliver_messages().await;
            }
            world.delete_upload(&id).await;
            deleted.push(id);
        }
        world.settle().await;
        world.injector.clear();
        assert_eq!(world.state_of(&kept).await, "ready", "seed {seed}");
        for id in &deleted {
            world.assert_only_remembered(id).await;
        }
    }
}
