//! Jobs that run later, or not at all if they are late.

use std::time::Duration;

use serde_json::json;

use super::receiver::Receiver;
use super::with;
use crate::world::World;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn a_job_runs_when_it_is_due_and_once_however_long_that_is() {
    for seconds in [1, 59, 899, 900, 901, 3600, 12 * 3600, 14 * 24 * 3600, 365 * 24 * 3600] {
        let mut world = World::new().await.without_latency();
        let receiver = Receiver::with(&world, &[200]);
        let delay = Duration::from_secs(seconds);
        let id = world.submit(&with(json!({ "delay_seconds": seconds }))).await;
        let shown = world.job(&id).await;
        assert_eq!((&shown["waits_for"], &shown["attempts"]), (&json!("due_time"), &json!(0)), "{shown}");
        let due_at = world.clock.now() + delay;
        assert_eq!(shown["due_at"], due_at.to_rfc3339());
        // Minutes in which nothing happens are skipped.
        world.deliver_all().await;
        world.clock.advance(delay.saturating_sub(Duration::from_secs(180)));
        world.pass(due_at.since(world.clock.now()) - Duration::from_millis(1)).await;
        assert_eq!(receiver.count(), 0, "{seconds} s: too early");
        world.pass(Duration::from_secs(1)).await;
        assert_eq!(receiver.count(), 1, "{seconds} s: not at its time");
        world.settle().await;
        assert_eq!(receiver.count(), 1, "{seconds} s");
        assert_eq!(world.job(&id).await["state"], "succeeded");
    }
}

#[tokio::test]
async fn a_time_that_has_passed_means_at_once() {
    for run_at in ["1999-12-31T23:59:59Z", "2100-01-01T00:00:00+00:00"] {
        let mut world = World::new().await.without_latency();
        let receiver = Receiver::with(&world, &[200]);
        let shown = world.finish(&with(json!({ "run_at": run_at }))).await;
        assert_eq!((&shown["state"], receiver.count()), (&json!("succeeded"), 1));
        assert_eq!(world.age(), Duration::ZERO);
    }
}

#[tokio::test]
async fn a_job_that_is_not_started_in_time_expires_and_one_that_was_does_not() {
    let mut world = World::new().await.without_latency();
    let receiver = Receiver::with(&world, &[500, 200]);
    let request = with(json!({
        "expires_after_seconds": 60, "delay_seconds": 30, "retry": { "delays_seconds": [600] },
        "on_failure": { "url": super::receiver::URL },
    }));
    let late = world.submit(&request).await;
    assert!(world.job(&late).await["expires_at"].is_string());
    world.deliver_all().await;
    world.clock.advance(Duration::from_millis(90_001));
    world.settle().await;
    let shown = world.job(&late).await;
    assert_eq!((&shown["state"], &shown["attempts"]), (&json!("expired"), &json!(0)), "{shown}");
    let told: serde_json::Value = serde_json::from_slice(&receiver.received()[0].body).unwrap();
    assert_eq!((&told["type"], &told["data"]["job"]), (&json!("job.expired"), &json!(late)));

    let mut world = World::new().await.without_latency();
    let receiver = Receiver::with(&world, &[500, 200]);
    let in_time = world.submit(&request).await;
    world.settle().await;
    assert_eq!((&world.job(&in_time).await["state"], receiver.count()), (&json!("succeeded"), 2));
}

#[tokio::test]
async fn a_waiting_job_can_be_rescheduled_sooner_and_later() {
    let mut world = World::new().await.without_latency();
    let receiver = Receiver::with(&world, &[200]);
    for (delay, later) in [(30, 60), (30, 7200), (7200, 30), (7200, 3600), (7200, 0)] {
        let before = receiver.count();
        let id = world.submit(&with(json!({ "delay_seconds": delay }))).await;
        world.deliver_all().await;
        let path = format!("/v1/jobs/{id}/reschedule");
        let moved = world.post(&path, &json!({ "delay_seconds": later }), None).await;
        assert_eq!(moved.status, 202, "{moved:?}");
        let due_at = world.clock.now() + Duration::from_secs(later);
        assert_eq!(moved.json["due_at"], due_at.to_rfc3339());
        if later > 1 {
            world.pass(Duration::from_secs(later) - Duration::from_millis(1)).await;
            assert_eq!(receiver.count(), before, "{delay} to {later}: too early");
        }
        world.pass(Duration::from_secs(1)).await;
        assert_eq!(receiver.count(), before + 1, "{delay} to {later}");
        world.settle().await;
        world.clock.advance(DAY);
        world.settle().await;
        assert_eq!(receiver.count(), before + 1, "{delay} to {later}: twice");
    }
    let id = world.submit(&with(json!({ "delay_seconds": 60 }))).await;
    let again = world.post(&format!("/v1/jobs/{id}/reschedule"), &json!({}), None).await;
    assert_eq!(again.json["errors"][0]["pointer"], "/run_at");
}
