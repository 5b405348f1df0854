//! Claims are fenced: of all that run a job, only the newest epoch finishes it.

use std::sync::Arc;
use std::time::Duration;

use local::connector::InjectedFault;
use local::sqs::NewMessage;
use shared::job::State;
use tokio::sync::Notify;

use crate::pictures;
use crate::world::{MEDIA_QUEUE, World};

/// Lets everything that is ready to run in this process run.
pub async fn let_run() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
        // Work beside the event loop needs real time.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_worker_paused_past_its_lease_at_any_call_finishes_nothing() {
    let mut paused_at = 1;
    loop {
        let mut world = World::new().await;
        let id = world.upload(&pictures::small(), &["thumb"]).await;
        let proceed = world.pause("media", paused_at);
        world.settle().await;
        let before = world.rows();
        let was_paused = before.jobs[0].epoch > 1 || world.injector.calls() == 0;

        proceed.notify_one();
        let_run().await;
        world.settle().await;
        let after = world.rows();
        assert_eq!(before.jobs, after.jobs, "paused at call {paused_at}");
        assert_eq!(world.state_of(&id).await, "ready");
        world.assert_at_rest().await;
        // The first call is the claim itself: paused before it, nothing was claimed yet.
        if paused_at > 1 && !was_paused {
            assert!(paused_at > 4, "a step makes more calls than {paused_at}");
            return;
        }
        paused_at += 1;
    }
}

#[tokio::test]
async fn a_delivery_that_meets_a_live_lease_is_deferred_and_not_acknowledged() {
    let mut world = World::new().await;
    world.upload(&pictures::small(), &["thumb"]).await;
    let proceed = Arc::new(Notify::new());
    let pause = Arc::clone(&proceed);
    let mut open = true;
    world.injector.set(move |call| {
        let here = open && call.function == "media" && call.operation.starts_with("GET ");
        open &= !here;
        if here { InjectedFault::Paused(Arc::clone(&pause)) } else { InjectedFault::None }
    });
    world.deliver_all().await;
    let running = world.rows().jobs.remove(0);
    assert_eq!(running.state, State::Running);

    // The queue repeats the message while the lease is alive.
    let body = serde_json::to_string(&running.delivery()).unwrap();
    world.aws.sqs.send(MEDIA_QUEUE, NewMessage::with_body(body)).unwrap();
    world.deliver_all().await;
    assert_eq!(world.rows().jobs[0], running, "nothing was claimed");
    assert_eq!(world.aws.sqs.message_count(MEDIA_QUEUE).unwrap(), 2, "both messages are kept");

    world.settle().await;
    assert_eq!(world.rows().jobs[0].state, State::Succeeded);
    assert_eq!(world.rows().jobs[0].epoch, 2);
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_duplicate_of_an_earlier_dispatch_starts_nothing() {
    let mut world = World::new().await;
    world.upload(&pictures::small(), &["thumb"]).await;
    let mut open = true;
    world.injector.set(move |call| {
        let here = open && call.function == "media" && call.operation.starts_with("GET ");
        open &= !here;
        if here { InjectedFault::Refused } else { InjectedFault::None }
    });
    world.deliver_all().await;
    let retried = world.rows().jobs.remove(0);
    assert_eq!((retried.state, retried.dispatch, retried.attempts), (State::Queued, 2, 1));

    let mut earlier = retried.delivery();
    earlier.dispatch = 1;
    let body = serde_json::to_string(&earlier).unwrap();
    world.aws.sqs.send(MEDIA_QUEUE, NewMessage::with_body(body)).unwrap();
    world.deliver_all().await;
    assert_eq!(world.rows().jobs[0], retried, "the earlier dispatch claimed the job before it was due");
    world.settle().await;
    world.assert_at_rest().await;
}

#[tokio::test]
async fn an_earlier_epoch_records_nothing_while_a_later_one_runs() {
    let mut world = World::new().await;
    world.upload(&pictures::small(), &["thumb"]).await;
    let earlier = Arc::new(Notify::new());
    let mut pauses = vec![Arc::new(Notify::new()), Arc::clone(&earlier)];
    world.injector.set(move |call| {
        let here = call.function == "media" && call.operation.starts_with("GET ");
        let pause = if here { pauses.pop() } else { None };
        pause.map_or(InjectedFault::None, InjectedFault::Paused)
    });
    while world.rows().jobs.first().is_none_or(|job| job.epoch < 2) {
        world.pass(Duration::from_secs(1)).await;
    }
    let running = world.rows().jobs.remove(0);
    assert_eq!(running.state, State::Running);

    earlier.notify_one();
    let_run().await;
    assert_eq!(world.rows().jobs[0], running, "the earlier epoch recorded an outcome");
    world.settle().await;
    assert_eq!(world.rows().jobs[0].epoch, 3);
    world.assert_at_rest().await;
}
