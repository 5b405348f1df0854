//! Counts that drifted are set right.

use super::*;
use shared::operations::usage::recount_usage;
use shared::usage::{Batch, Change};

#[tokio::test]
async fn what_was_lost_is_made_up_for_within_a_day() {
    let mut world = World::new().await;
    let kept = world.upload(&pictures::small(), &["thumb"]).await;
    world.settle().await;
    let pending = world.announce(&pictures::small(), &[]).await.id;
    let second = world.upload(&pictures::png(30, 30), &["thumb"]).await;
    world.deliver_notifications().await;
    world.lose_changes();
    world.settle().await;
    assert_eq!(world.state_of(&second).await, "ready");
    assert_eq!(world.state_of(&pending).await, "expired");
    assert_ne!(world.counted("acme"), world.real("acme").await, "something was lost");
    world.recount().await;
    world.assert_counted("after the recount").await;
    assert!(world.counted("acme").bytes_stored > 0);
    for id in [kept, second] {
        world.delete_upload(&id).await;
        for stream in world.sources.streams.iter_mut().filter(|stream| stream.function == "relay") {
            while stream.deliver().await.expect("the emulation works") {}
        }
        world.deliver_to_worker().await;
        world.lose_changes();
        world.settle().await;
    }
    assert!(world.counted("acme").bytes_stored > 0, "nobody counted that they are gone");
    world.recount().await;
    assert_eq!(world.counted("acme"), Usage::default());
    world.assert_at_rest().await;
}

#[tokio::test]
async fn what_is_in_flight_is_recounted_from_the_listing() {
    let mut world = World::new().await;
    let bytes = pictures::small();
    world.announce(&bytes, &[]).await;
    world.deliver_all().await;
    world.clock.advance(DAY);
    for _ in 0..120 {
        world.announce(&bytes, &[]).await;
        world.clock.advance(Duration::from_secs(1));
    }
    world.lose_changes();
    world.clock.advance(Duration::from_secs(15 * 60));
    world.tick().await;
    assert_eq!(world.counted("acme"), of(121, 121 * bytes.len(), 0));
}

#[tokio::test]
async fn what_is_stored_is_recounted_to_the_end_of_the_buckets_listing() {
    let mut world = World::new().await;
    world.upload(&pictures::small(), &[]).await;
    world.settle().await;
    for tenant in ["acme", "acme-2"] {
        for number in 0..1200 {
            let key = format!("derived/{tenant}/u/{number}");
            let put = world.developer.bucket.put_derivative(&key, "text/plain", b"abc".to_vec());
            put.await.expect("the store answers");
        }
    }
    let before = world.counted("acme").bytes_stored;
    world.recount().await;
    assert_eq!(world.counted("acme").bytes_stored, before + 1200 * 3);
}

#[tokio::test]
async fn what_happens_during_a_recount_is_kept() {
    let mut world = World::new().await;
    let bytes = pictures::small();
    let mut ids = Vec::new();
    for _ in 0..150 {
        ids.push(world.upload(&bytes, &[]).await);
        world.clock.advance(Duration::from_millis(10));
    }
    world.settle().await;
    world.announce(&bytes, &[]).await;
    world.lose_changes();
    world.clock.advance(DAY + Duration::from_secs(60));
    // The bucket takes so long to answer that each invocation gets no further than a page.
    let clock = world.clock.clone();
    world.injector.set(move |call| {
        let is_page = call.operation.contains("list-type") || call.body.contains("by_time");
        clock.advance(Duration::from_secs(if is_page { 20 } else { 0 }));
        InjectedFault::None
    });
    let scheduler = world.environment("scheduler", 1);
    let mut invocations = 0;
    loop {
        let until = world.clock.now() + Duration::from_secs(15);
        if recount_usage(&scheduler, until).await.expect("AWS answers") == 0 {
            break;
        }
        invocations += 1;
        let made = world.upload(&bytes, &[]).await;
        world.delete_upload(&ids.pop().unwrap()).await;
        world.delete_upload(&made).await;
        world.upload(&bytes, &[]).await;
        world.deliver_all().await;
    }
    assert!(invocations > 2, "it went on from page to page: {invocations}");
    world.injector.clear();
    let (counted, real) = (world.counted("acme"), world.real("acme").await);
    assert_eq!(counted.uploads_in_flight, real.uploads_in_flight);
    // Bytes that are removed while the bucket is listed may be given back twice; no more than that.
    let off = (counted.bytes_stored - real.bytes_stored).abs() / bytes.len() as i64;
    assert!(off <= i64::from(invocations), "off by {off} files: {counted:?}, really {real:?}");
    world.settle().await;
    world.recount().await;
    world.assert_counted("after a recount in which nothing happened").await;
}

#[tokio::test]
async fn a_recount_that_dies_or_comes_twice_adds_once() {
    for fault in [InjectedFault::DiesAfter, InjectedFault::AnswerLost, InjectedFault::Refused] {
        for number in 1..12 {
            let mut world = World::new().await;
            world.upload(&pictures::small(), &[]).await;
            world.settle().await;
            world.upload(&pictures::small(), &[]).await;
            world.deliver_notifications().await;
            world.lose_changes();
            world.settle().await;
            world.clock.advance(DAY + Duration::from_secs(60));
            let (mut calls, injected) = (0, fault.clone());
            world.injector.set(move |call| {
                calls +=
                    u64::from(call.function == "scheduler" && is_of_recount(&call.operation, &call.body));
                if calls == number { injected.clone() } else { InjectedFault::None }
            });
            world.tick().await;
            world.injector.clear();
            world.clock.advance(Duration::from_secs(60));
            world.tick().await;
            world.assert_counted(&format!("{fault:?} at call {number}")).await;
        }
    }
}

fn is_of_recount(operation: &str, body: &str) -> bool {
    operation.contains("list-type") || ["#usage", "by_time", "recount"].iter().any(|word| body.contains(word))
}

#[tokio::test]
async fn records_that_lambda_gave_up_ask_for_a_recount_at_once() {
    let mut world = World::new().await;
    world.announce(&pictures::small(), &[]).await;
    world.deliver_all().await;
    world.clock.advance(Duration::from_secs(60 * 60));
    world
        .injector
        .set(|call| if call.function == "observer" { InjectedFault::Refused } else { InjectedFault::None });
    world.upload(&pictures::small(), &["thumb"]).await;
    world.settle().await;
    world.injector.clear();
    assert_ne!(world.counted("acme"), world.real("acme").await);
    world.clock.advance(Duration::from_secs(11 * 60));
    world.ask_for_recount();
    world.tick().await;
    world.assert_counted("within minutes").await;
}

#[tokio::test]
async fn all_tenants_are_recounted_when_records_were_given_up() {
    let mut world = World::new().await;
    let now = world.clock.now();
    for number in 0..250 {
        let tenant = Tenant::parse(&format!("t{number}")).expect("a tenant's name");
        let change = Change { event_id: number.to_string(), tenant, at: now, delta: of(1, 1, 1) };
        let batch = [change];
        let batch = Batch::of(&batch).expect("a change");
        world.developer.table.count_usage(&batch, now).await.expect("the table answers");
    }
    world.clock.advance(Duration::from_secs(11 * 60));
    world.ask_for_recount();
    // A hundred a minute.
    for _ in 0..3 {
        world.tick().await;
    }
    let rows = world.items();
    let mut wrong = rows.iter().filter(|row| row["sk"]["S"] == "usage" && row["bytes_stored"]["N"] != "0");
    assert_eq!(wrong.next(), None, "there is nothing of any of them");
}

impl World {
    /// Tells the scheduler, as Lambda does when it gives up records of observer.
    fn ask_for_recount(&self) {
        let letter = json!({
            "requestContext": { "functionArn": "arn:aws:lambda:us-east-1:0:function:millrace-ObserverFunction-1A" },
            "DDBStreamBatchInfo": { "batchSize": 1 },
        });
        let letter = local::sqs::NewMessage::with_body(letter.to_string());
        self.aws.sqs.send(crate::world::FAILURE_QUEUE, letter).expect("the emulation works");
    }
}

#[tokio::test]
async fn one_tenants_recount_is_its_own() {
    let mut world = World::new().await;
    let own = world.key.clone();
    for (name, count) in [("acme", 1), ("acme-2", 2), ("a", 3)] {
        world.key = if name == "acme" { own.clone() } else { world.add_tenant(name).await };
        for _ in 0..count {
            world.upload(&pictures::small(), &["thumb"]).await;
        }
    }
    world.settle().await;
    let before = ["acme", "acme-2", "a"].map(|tenant| world.counted(tenant));
    world.recount().await;
    assert_eq!(["acme", "acme-2", "a"].map(|tenant| world.counted(tenant)), before);
    for tenant in ["acme", "acme-2", "a"] {
        assert_eq!(world.counted(tenant), world.real(tenant).await, "{tenant}");
    }
}

#[tokio::test]
async fn a_tenant_that_has_nothing_is_recounted_no_more_until_it_has_something() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &[]).await;
    world.settle().await;
    let is_due = |world: &World| {
        let row = world.items().into_iter().find(|row| row["sk"]["S"] == "usage");
        row.is_some_and(|row| row.get("due_shard").is_some())
    };
    world.recount().await;
    assert!(is_due(&world), "something is stored");
    world.delete_upload(&id).await;
    world.settle().await;
    world.recount().await;
    assert!(!is_due(&world));
    world.announce(&pictures::small(), &[]).await;
    world.deliver_all().await;
    assert!(is_due(&world));
}

#[tokio::test]
async fn whatever_aws_does_what_is_counted_is_true_after_a_recount() {
    for seed in 0..8 {
        let mut world = World::hostile(seed).await;
        let mut ids = Vec::new();
        for _ in 0..4 {
            ids.push(world.upload(&pictures::small(), &["thumb", "large"]).await);
            world.deliver_messages().await;
        }
        world.announce(&pictures::small(), &[]).await;
        world.settle().await;
        world.delete_upload(&ids[0]).await;
        world.settle().await;
        // A throttle may put a recount off by a minute, and a stale index show it late.
        world.clock.advance(DAY);
        for _ in 0..10 {
            world.clock.advance(Duration::from_secs(60));
            world.tick().await;
        }
        world.assert_counted(&format!("seed {seed}")).await;
    }
}
