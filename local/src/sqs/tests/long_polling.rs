use std::time::Duration;

use aws_sdk_sqs::operation::receive_message::builders::ReceiveMessageFluentBuilder;
use tokio::time::Instant;

use super::{QUEUE, World};
use crate::sqs::QueueSettings;

const WAIT_SECONDS: i32 = 20;

fn poll(world: &World) -> ReceiveMessageFluentBuilder {
    world.client.receive_message().queue_url(world.url()).wait_time_seconds(WAIT_SECONDS)
}

#[tokio::test(start_paused = true)]
async fn a_poll_answers_at_once_when_a_message_is_sent() {
    let world = World::new();
    let started = Instant::now();
    let (received, ()) = tokio::join!(poll(&world).send(), async {
        world.send("hello");
    });
    assert_eq!(received.unwrap().messages().len(), 1);
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_poll_answers_at_once_when_a_message_is_made_visible() {
    let world = World::new();
    world.send("hello");
    let message = world.receive_one();
    let started = Instant::now();
    let (received, ()) = tokio::join!(poll(&world).send(), async {
        world.sqs.change_visibility(QUEUE, &message.receipt_handle, Duration::ZERO).unwrap();
    });
    assert_eq!(received.unwrap().messages().len(), 1);
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_poll_answers_when_a_delay_is_over() {
    let world = World::with(QueueSettings { delay: Duration::from_secs(7), ..QueueSettings::named(QUEUE) });
    world.send("hello");
    let started = Instant::now();
    let (received, ()) = tokio::join!(poll(&world).send(), async {
        tokio::time::sleep(Duration::from_secs(6)).await;
        world.pass(7);
    });
    assert_eq!(received.unwrap().messages().len(), 1);
    assert!(started.elapsed() < Duration::from_secs(8));
}

#[tokio::test(start_paused = true)]
async fn a_poll_without_a_message_ends_empty_after_its_wait() {
    let world = World::new();
    let started = Instant::now();
    assert!(poll(&world).send().await.unwrap().messages().is_empty());
    assert!(started.elapsed() >= Duration::from_secs(20));
}

#[tokio::test(start_paused = true)]
async fn the_queues_wait_holds_for_a_receive_without_its_own() {
    let receive_wait = Duration::from_secs(3);
    let world = World::with(QueueSettings { receive_wait, ..QueueSettings::named(QUEUE) });
    let started = Instant::now();
    let receive = || world.client.receive_message().queue_url(world.url());
    assert!(receive().wait_time_seconds(0).send().await.unwrap().messages().is_empty());
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert!(receive().send().await.unwrap().messages().is_empty());
    assert!(started.elapsed() >= receive_wait);
}

#[tokio::test]
async fn a_change_is_seen_by_who_waits_for_one() {
    let world = World::new();
    let mut changed = world.sqs.changed();
    assert!(!changed.has_changed().unwrap());
    world.send("hello");
    changed.changed().await.unwrap();
    world.receive_one();
    assert!(changed.has_changed().unwrap());
}

#[test]
fn looking_changes_nothing() {
    let world = World::new();
    let changed = world.sqs.changed();
    assert!(world.receive(10).is_empty());
    world.sqs.message_count(QUEUE).unwrap();
    world.sqs.next_visible_at(QUEUE).unwrap();
    assert!(!changed.has_changed().unwrap());
}
