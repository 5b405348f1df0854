//! Whatever function stops working, an alarm goes off.

use std::collections::BTreeSet;
use std::time::Duration;

use http::Method;

use crate::pictures;
use crate::world::World;

const MINUTE: Duration = Duration::from_secs(60);

/// No failure goes unseen for longer, as `docs/operations.md` says.
const SEEN_WITHIN_MINUTES: usize = 12;

/// The alarms that were on in any of the minutes in which clients went on as they do.
async fn alarms_of(mut world: World) -> BTreeSet<String> {
    let mut on = BTreeSet::new();
    // No alarm covers the time before there was a system.
    world.pass(5 * MINUTE).await;
    let authorization = format!("Bearer {}", world.key);
    for _ in 0..SEEN_WITHIN_MINUTES {
        let made = world
            .post("/v1/uploads", &crate::world::announcement(&pictures::small(), &["thumb"]), None)
            .await;
        if made.status.is_success() {
            let created = made.created();
            world.put(&created, &pictures::small()).await;
            let path = format!("/v1/uploads/{}", world.announce(&pictures::small(), &["thumb"]).await.id);
            world.send(Method::DELETE, &path, &[("authorization", &authorization)], "").await;
        }
        world.pass(MINUTE).await;
        on.extend(world.alarms());
    }
    on
}

#[tokio::test]
async fn a_system_that_works_raises_none() {
    assert_eq!(alarms_of(World::new().await).await, BTreeSet::new());
}

#[tokio::test]
async fn whatever_function_is_killed_at_its_start_some_alarm_goes_off() {
    for (function, expected) in [
        ("api", "ApiFailingAlarm"),
        ("intake", "FailuresAlarm"),
        ("relay", "FailuresAlarm"),
        ("observer", "FailuresAlarm"),
        ("media", "MediaQueueOldAlarm"),
        ("worker", "WorkerQueueOldAlarm"),
        ("scheduler", "FailuresAlarm"),
    ] {
        let on = alarms_of(World::without(function).await).await;
        assert!(on.contains(expected), "{function}: {on:?}");
    }
}
