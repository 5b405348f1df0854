use std::time::Duration;

use shared::clock::Clock;

use super::{QUEUE, START, World, open};
use crate::sqs::{NewMessage, QueueSettings};
use crate::state::TemporaryFolder;

#[test]
fn messages_outlive_the_process() {
    let folder = TemporaryFolder::make().unwrap();
    let state = folder.state();
    let clock = Clock::starting_at(START);
    let before = open(&state, &clock);
    before
        .create_queue(QueueSettings { delay: Duration::from_secs(1), ..QueueSettings::named(QUEUE) })
        .unwrap();
    let group = Some("tenant".to_owned());
    let id = before.send(QUEUE, NewMessage { group, ..NewMessage::with_body("hello") }).unwrap();
    clock.advance(Duration::from_secs(1));
    let handle = before.receive(QUEUE, 1).unwrap().remove(0).receipt_handle;
    // Leaves the files as a killed process does.
    std::mem::forget(before);

    let after = open(&state, &clock);

    assert!(after.receive(QUEUE, 1).unwrap().is_empty(), "it is still in flight");
    clock.advance(Duration::from_secs(30));
    let message = after.receive(QUEUE, 1).unwrap().remove(0);
    assert_eq!((message.message_id, message.receive_count, message.sent_at), (id, 2, START));
    assert_eq!(message.group.as_deref(), Some("tenant"));
    after.delete(QUEUE, &handle).unwrap();
    assert_eq!(after.message_count(QUEUE).unwrap(), 1, "the handle from before is not the newest");
    after.delete(QUEUE, &message.receipt_handle).unwrap();
    assert_eq!(open(&state, &clock).message_count(QUEUE).unwrap(), 0);
}

#[test]
fn a_message_is_gone_when_its_retention_is_over() {
    let world = World::new();
    world.send("old");
    world.pass(4 * 24 * 3600 - 1);
    world.send("new");
    assert_eq!(world.sqs.message_count(QUEUE).unwrap(), 2);
    world.pass(1);
    assert_eq!(world.sqs.message_count(QUEUE).unwrap(), 1);
    assert_eq!(world.bodies(10), ["new"]);
}

#[test]
fn a_message_in_flight_is_gone_when_its_retention_is_over() {
    let retention = Duration::from_mins(1);
    let world = World::with(QueueSettings { retention, ..QueueSettings::named(QUEUE) });
    world.send("old");
    let message = world.receive_one();
    world.sqs.change_visibility(QUEUE, &message.receipt_handle, Duration::from_hours(1)).unwrap();
    world.pass(60);
    assert_eq!(world.sqs.message_count(QUEUE).unwrap(), 0);
}

#[test]
fn a_message_id_is_never_used_twice() {
    let world = World::new();
    let first = world.send("hello");
    let handle = world.receive_one().receipt_handle;
    world.sqs.delete(QUEUE, &handle).unwrap();

    assert_ne!(world.send("hello"), first);

    world.receive_one();
    world.sqs.delete(QUEUE, &handle).unwrap();
    assert_eq!(world.sqs.message_count(QUEUE).unwrap(), 1);
}
