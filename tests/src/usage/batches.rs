//! Batches of the stream that come twice, in other compositions, or while the function dies.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

const FAULTS: [InjectedFault; 7] = [
    InjectedFault::Refused,
    InjectedFault::RefusedAfter,
    InjectedFault::AnswerLost,
    InjectedFault::Dies,
    InjectedFault::DiesAfter,
    InjectedFault::Hangs,
    InjectedFault::Panics,
];

#[tokio::test]
async fn a_batch_whose_write_fails_before_or_after_it_took_effect_is_counted_once() {
    for fault in FAULTS {
        let mut world = World::new().await;
        let calls = Arc::new(AtomicU64::new(0));
        let (injected, counted) = (fault.clone(), Arc::clone(&calls));
        world.injector.set(move |call| {
            let is_first = call.function == "observer" && counted.fetch_add(1, Ordering::SeqCst) == 0;
            if is_first { injected.clone() } else { InjectedFault::None }
        });
        for _ in 0..3 {
            world.announce(&pictures::small(), &["thumb"]).await;
        }
        world.observe().await;
        assert!(calls.load(Ordering::SeqCst) >= 2, "{fault:?}: it is tried again");
        assert_eq!(world.counted("acme").uploads_in_flight, 3, "{fault:?}");
        world.assert_counted(&format!("{fault:?}")).await;
        world.injector.clear();
        world.settle().await;
        world.assert_at_rest().await;
    }
}

#[tokio::test]
async fn of_several_tenants_in_a_batch_those_that_were_counted_are_not_counted_again() {
    let mut world = World::new().await;
    let other = world.add_tenant("other").await;
    let own = world.key.clone();
    for key in [&own, &other, &own, &other] {
        world.key.clone_from(key);
        world.announce(&pictures::small(), &[]).await;
    }
    // The second of two writes fails twice.
    let mut writes = 0;
    world.injector.set(move |call| {
        writes += u64::from(call.function == "observer");
        if call.function == "observer" && [2, 4].contains(&writes) {
            InjectedFault::DiesAfter
        } else {
            InjectedFault::None
        }
    });
    world.observe().await;
    for tenant in ["acme", "other"] {
        assert_eq!(world.counted(tenant).uploads_in_flight, 2, "{tenant}");
        assert_eq!(world.counted(tenant), world.real(tenant).await);
    }
}

impl World {
    /// Hands some of the changes so far to observer, as one batch.
    async fn hand_over(&self, range: std::ops::Range<usize>) {
        let changes = self.changes();
        let events: Vec<_> = changes[range].iter().map(|record| record.event.clone()).collect();
        let payload = Bytes::from(json!({ "Records": events }).to_string());
        self.invoker.invoke("observer", payload).await.expect("observer takes it");
    }
}

#[tokio::test]
async fn a_batch_that_comes_again_is_counted_once_though_more_came_to_it() {
    let mut world = World::new().await;
    for _ in 0..6 {
        world.announce(&pictures::small(), &[]).await;
    }
    for (range, expected) in [(0..3, 3), (0..3, 3), (0..5, 5), (0..2, 5), (0..5, 5), (0..6, 6), (0..6, 6)] {
        world.hand_over(range.clone()).await;
        assert_eq!(world.counted("acme").uploads_in_flight, expected, "after {range:?}");
    }
}

#[tokio::test]
async fn what_comes_to_a_batch_counts_though_it_makes_up_for_what_was_counted() {
    let mut world = World::new().await;
    let id = world.announce(&pictures::small(), &[]).await.id;
    world.hand_over(0..1).await;
    assert_eq!(world.counted("acme").uploads_in_flight, 1);
    world.delete_upload(&id).await;
    world.hand_over(0..2).await;
    assert_eq!(world.counted("acme"), Usage::default());
}

#[tokio::test]
async fn a_batch_that_was_divided_before_it_was_counted_is_counted_whole() {
    let mut world = World::new().await;
    for _ in 0..4 {
        world.upload(&pictures::small(), &["thumb"]).await;
    }
    world.settle().await;
    let (before, changes) = (world.counted("acme"), world.changes().len());
    let again = World::new().await;
    assert_eq!(again.counted("acme"), Usage::default());
    let payload = |range: std::ops::Range<usize>| {
        let events: Vec<_> = world.changes()[range].iter().map(|record| record.event.clone()).collect();
        Bytes::from(json!({ "Records": events }).to_string())
    };
    for range in [0..1, 1..2, 2..changes / 2, changes / 2..changes] {
        again.invoker.invoke("observer", payload(range)).await.expect("observer takes it");
    }
    assert_eq!(again.counted("acme"), before);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_holds_up_no_other() {
    let mut world = World::new().await;
    for _ in 0..2 {
        world.announce(&pictures::small(), &[]).await;
    }
    let mut events: Vec<Value> = world.changes().into_iter().map(|record| record.event).collect();
    events[0]["dynamodb"]["NewImage"]["state"] = json!({ "S": "of a later version" });
    let payload = Bytes::from(json!({ "Records": events }).to_string());
    world.invoker.invoke("observer", payload).await.expect("observer takes it");
    assert_eq!(world.counted("acme").uploads_in_flight, 1);
}
