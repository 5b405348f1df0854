//! A projection that fails, panics or cannot read a record leaves the others right.

use super::*;
use shared::usage::Usage;

/// Whether an AWS call of observer is one of usage.
fn is_of_usage(operation: &str) -> bool {
    operation == "UpdateItem"
}

/// Has two jobs done under the faults that are injected, and finds both counted in the end.
async fn assert_two_jobs_are_counted(mut world: World) {
    world.upload(&pictures::small(), &["a", "b"]).await;
    world.settle().await;
    world.injector.clear();
    world.assert_at_rest().await;
    assert_eq!(world.counted_of("image_step"), counts(2, 0, 0, 0));
}

#[tokio::test]
async fn a_projection_that_fails_each_time_holds_up_no_other_and_makes_nothing_count_twice() {
    for usage_fails in [true, false] {
        let mut world = World::new().await;
        world.injector.set(move |call| {
            let fails = call.function == "observer" && is_of_usage(&call.operation) == usage_fails;
            if fails { InjectedFault::Refused } else { InjectedFault::None }
        });
        world.upload(&pictures::small(), &["a", "b"]).await;
        world.deliver_all().await;
        world.injector.clear();
        if usage_fails {
            assert_eq!(world.counted("acme"), Usage::default());
            assert_eq!(world.counted_of("image_step"), counts(2, 0, 0, 0));
        } else {
            assert_eq!(world.counted_of("image_step"), Counts::default());
            world.assert_counted("while activity fails").await;
        }
    }
}

#[tokio::test]
async fn a_projection_that_failed_for_a_while_counts_the_batch_when_it_comes_again() {
    for usage_fails in [true, false] {
        let world = World::new().await;
        // More than the tries of one invocation.
        let mut failures_left = 10;
        world.injector.set(move |call| {
            let is_it = call.function == "observer" && is_of_usage(&call.operation) == usage_fails;
            failures_left -= i32::from(is_it);
            if is_it && failures_left >= 0 { InjectedFault::Refused } else { InjectedFault::None }
        });
        assert_two_jobs_are_counted(world).await;
    }
}

#[tokio::test]
async fn a_projection_that_panics_holds_up_no_other() {
    for usage_panics in [true, false] {
        let world = World::new().await;
        let mut panics = 0;
        world.injector.set(move |call| {
            let is_it = call.function == "observer" && is_of_usage(&call.operation) == usage_panics;
            panics += u32::from(is_it);
            if is_it && panics <= 3 { InjectedFault::Panics } else { InjectedFault::None }
        });
        assert_two_jobs_are_counted(world).await;
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_missing_in_its_own_place_alone() {
    let mut world = World::new().await;
    for _ in 0..3 {
        world.upload(&pictures::small(), &["a"]).await;
    }
    world.settle().await;
    let whole = world.counted("acme");
    let changes = world.changes_for_observer();
    let of = |sk: &str, state: &str| {
        let found = changes.iter().position(|change| {
            let change = &change["dynamodb"];
            change["Keys"]["sk"]["S"] == sk && change["NewImage"]["state"]["S"] == state
        });
        found.expect("such a change")
    };
    for (index, succeeded, in_flight) in [
        (of("upload", "pending"), 3, whole.uploads_in_flight - 1),
        (of("job", "succeeded"), 2, whole.uploads_in_flight),
    ] {
        let mut poisoned = changes.clone();
        poisoned[index]["dynamodb"]["NewImage"]["state"] = json!({ "S": "of a later version" });
        let again = World::new().await;
        again.hand_over_batches(&[poisoned.clone(), poisoned]).await;
        assert_eq!(again.counted_of("image_step"), counts(succeeded, 0, 0, 0), "without record {index}");
        assert_eq!(again.counted("acme").uploads_in_flight, in_flight, "without record {index}");
    }
}
