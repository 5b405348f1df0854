//! The main job while AWS does everything that it may do, on twenty seeds.

use local::connector::InjectedFault;
use shared::id::digest;

use crate::pictures;
use crate::world::World;

const SEEDS: u64 = 20;

/// This many of a hundred calls have a fault injected.
const FAULTS_PERCENT: u8 = 4;

/// A job of which three runs left no outcome is dead, as it should be: no world has more than two that may.
const LOST_RUNS_MAX: u32 = 2;

#[tokio::test]
async fn whatever_aws_does_every_upload_becomes_ready() {
    for seed in 0..SEEDS {
        three_uploads(seed).await;
    }
}

async fn three_uploads(seed: u64) {
    let mut world = World::hostile(seed).await;
    let mut lost = 0;
    world.injector.set(move |call| {
        let fault = fault(seed, call.number);
        let may_lose_a_run = call.function == "media" && !matches!(fault, InjectedFault::None);
        lost += u32::from(may_lose_a_run);
        if may_lose_a_run && lost > LOST_RUNS_MAX { InjectedFault::None } else { fault }
    });
    let pictures = [pictures::png(24, 16), pictures::png(9, 31), pictures::png(8, 8)];
    let mut ids = Vec::new();
    for picture in &pictures {
        ids.push(world.upload(picture, &["thumb", "medium", "large"]).await);
        world.deliver_messages().await;
    }
    world.settle().await;
    world.injector.clear();
    for id in ids {
        assert_eq!(world.state_of(&id).await, "ready", "seed {seed}");
    }
    world.assert_at_rest().await;
}

/// The fault injected into a call: the same for the same seed.
fn fault(seed: u64, number: u64) -> InjectedFault {
    let bits = digest(&["fault", &seed.to_string(), &number.to_string()]);
    if bits[0] % 100 >= FAULTS_PERCENT {
        return InjectedFault::None;
    }
    match bits[1] % 6 {
        0 => InjectedFault::Refused,
        1 => InjectedFault::RefusedAfter,
        2 => InjectedFault::AnswerLost,
        3 => InjectedFault::Dies,
        4 => InjectedFault::DiesAfter,
        _ => InjectedFault::Hangs,
    }
}

#[tokio::test]
async fn what_was_accepted_is_read_back_at_once() {
    for seed in 0..SEEDS {
        let mut world = World::hostile(seed).await;
        let created = world.announce(&pictures::small(), &["thumb"]).await;
        assert_eq!(world.state_of(&created.id).await, "pending", "seed {seed}");
    }
}
