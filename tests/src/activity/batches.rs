//! Batches of the stream that come twice, in other compositions, or while the function dies.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::sync::Notify;

use super::*;
use crate::claims::let_run;
use crate::world::FAULTS;

/// A world in which twelve jobs succeeded, and what its stream says of them.
async fn twelve_jobs() -> (World, Vec<Value>) {
    let mut world = World::new().await;
    for _ in 0..6 {
        world.upload(&pictures::small(), &["a", "b"]).await;
    }
    world.settle().await;
    let mut changes = world.changes_for_observer();
    changes.retain(|change| change["dynamodb"]["Keys"]["sk"]["S"] == "job");
    assert_eq!(changes.len(), 12);
    (world, changes)
}

#[tokio::test]
async fn a_record_that_comes_again_in_any_batch_is_counted_once() {
    let (_, changes) = twelve_jobs().await;
    let of = |ranges: &[std::ops::Range<usize>]| -> Vec<Vec<Value>> {
        ranges.iter().map(|range| changes[range.clone()].to_vec()).collect()
    };
    let (even, odd): (Vec<_>, Vec<_>) =
        changes.iter().cloned().zip(0..).partition(|(_, index)| index % 2 == 0);
    let shuffled: Vec<Value> = odd.into_iter().rev().chain(even).map(|(change, _)| change).collect();
    let mut cases = vec![
        ("the same", of(&[0..12, 0..12, 0..12])),
        ("longer", of(&[0..4, 0..8, 0..12])),
        ("shorter", of(&[0..12, 0..4, 4..12])),
        ("its end", of(&[0..12, 7..12])),
        ("its middle", of(&[0..12, 5..7])),
        ("across two", of(&[0..4, 4..8, 2..6, 8..12])),
        ("one by one, then all", of(&[0..1, 1..2, 2..3, 3..4, 0..12])),
        ("the second shard first", of(&[6..12, 0..6, 6..12])),
    ];
    cases.push(("another order", vec![changes[..7].to_vec(), shuffled.clone(), shuffled]));
    for (name, batches) in cases {
        let world = World::new().await;
        world.hand_over_batches(&batches).await;
        assert_eq!(world.counted_of("image_step"), counts(12, 0, 0, 0), "{name}");
    }
}

#[tokio::test]
async fn a_batch_of_which_any_call_fails_before_or_after_it_took_effect_is_counted_once() {
    for fault in FAULTS {
        // Reading and writing the row of usage, of activity.
        for nth in 1..=3 {
            let mut world = World::new().await;
            let calls = Arc::new(AtomicU64::new(0));
            let (injected, counted) = (fault.clone(), Arc::clone(&calls));
            world.injector.set(move |call| {
                let is_it = call.function == "observer" && counted.fetch_add(1, Ordering::SeqCst) + 1 == nth;
                if is_it { injected.clone() } else { InjectedFault::None }
            });
            world.upload(&pictures::small(), &["a", "b", "c"]).await;
            world.settle().await;
            assert!(calls.load(Ordering::SeqCst) > nth, "{fault:?} of call {nth}: it is tried again");
            assert_eq!(world.counted_of("image_step"), counts(3, 0, 0, 0), "{fault:?} of call {nth}");
            world.injector.clear();
            world.assert_at_rest().await;
        }
    }
}

#[tokio::test]
async fn a_write_of_another_shard_between_reading_and_writing_is_kept() {
    let (_, changes) = twelve_jobs().await;
    let payload =
        |range: std::ops::Range<usize>| Bytes::from(json!({ "Records": changes[range] }).to_string());
    // A row that is there, and one that is not.
    for before in [2, 0] {
        let world = World::new().await;
        world.invoker.invoke("observer", payload(0..before)).await.expect("observer takes it");
        let proceed = Arc::new(Notify::new());
        let (waits, mut is_first) = (Arc::clone(&proceed), true);
        world.injector.set(move |call| {
            let is_it = is_first && call.function == "observer" && call.operation == "PutItem";
            is_first &= !is_it;
            if is_it { InjectedFault::Paused(Arc::clone(&waits)) } else { InjectedFault::None }
        });
        let paused = world.invoker.invoke("observer", payload(before..6)).await;
        assert!(paused.is_err(), "it is paused after it read the row, and before it wrote");
        world.invoker.invoke("observer", payload(6..12)).await.expect("observer takes it");
        assert_eq!(world.counted_of("image_step").succeeded, before as u64 + 6);
        proceed.notify_one();
        let_run().await;
        assert_eq!(world.counted_of("image_step"), counts(12, 0, 0, 0), "it reads the row anew");
        world.invoker.invoke("observer", payload(before..6)).await.expect("observer takes it");
        assert_eq!(world.counted_of("image_step"), counts(12, 0, 0, 0), "its batch came again");
    }
}

#[tokio::test]
async fn a_change_counts_in_the_hour_in_which_it_was_made_however_late_it_comes() {
    let mut world = World::new().await;
    world.upload(&pictures::small(), &["a"]).await;
    world.settle().await;
    let first = world.changes_for_observer();
    world.clock.advance(HOUR);
    world.upload(&pictures::small(), &["a", "b"]).await;
    world.settle().await;
    let all = world.changes_for_observer();
    let again = World::new().await;
    again.clock.advance(5 * HOUR);
    again.hand_over_batches(&[all.clone(), first, all]).await;
    let rows = again.items();
    let hours: Vec<&Value> = rows
        .iter()
        .filter(|row| row["pk"]["S"] == "acme#activity")
        .map(|row| &row["kinds"]["M"]["image_step"]["M"]["succeeded"]["N"])
        .collect();
    assert_eq!(hours, ["1", "2"]);
}
