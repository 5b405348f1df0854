use std::time::Duration;

use aws_sdk_sqs::types::MessageSystemAttributeName;

use super::{QUEUE, START, World};
use crate::sqs::{QueueSettings, Redrive, queue_arn};

const DEAD: &str = "jobs-dead";

/// A queue whose messages can be received twice, and its dead-letter queue.
fn world() -> World {
    let world = World::with(source(DEAD));
    world.sqs.create_queue(QueueSettings::named(DEAD)).unwrap();
    world
}

fn source(dead_letter_queue: &str) -> QueueSettings {
    let redrive = Redrive { dead_letter_queue: dead_letter_queue.to_owned(), max_receive_count: 2 };
    QueueSettings { redrive: Some(redrive), ..QueueSettings::named(QUEUE) }
}

fn receive_twice(world: &World) {
    for _ in 0..2 {
        world.receive_one();
        world.pass(30);
    }
}

#[tokio::test]
async fn a_message_received_too_often_moves_with_its_id_age_and_count() {
    let world = world();
    let id = world.send("poison");
    receive_twice(&world);

    assert!(world.receive(10).is_empty());
    let dead = world
        .client
        .receive_message()
        .queue_url(world.sqs.queue_url(DEAD))
        .message_system_attribute_names(MessageSystemAttributeName::All)
        .send()
        .await
        .unwrap();

    let message = &dead.messages()[0];
    assert_eq!(message.message_id(), Some(id.as_str()));
    let attribute = |name: MessageSystemAttributeName| message.attributes().unwrap()[&name].as_str();
    assert_eq!(attribute(MessageSystemAttributeName::DeadLetterQueueSourceArn), queue_arn(QUEUE));
    assert_eq!(attribute(MessageSystemAttributeName::SentTimestamp), START.as_millis().to_string());
    assert_eq!(attribute(MessageSystemAttributeName::ApproximateReceiveCount), "3");
    assert_eq!(world.sqs.message_count(QUEUE).unwrap(), 0);
}

#[test]
fn nothing_moves_before_it_would_be_received_once_more() {
    let world = world();
    world.send("poison");
    receive_twice(&world);
    assert_eq!(world.sqs.message_count(DEAD).unwrap(), 0);
    assert_eq!(world.sqs.next_visible_at(QUEUE).unwrap(), Some(START + Duration::from_mins(1)));

    assert!(world.receive(1).is_empty());

    assert_eq!(world.sqs.message_count(DEAD).unwrap(), 1);
}

#[test]
fn poison_does_not_keep_others_from_being_received() {
    let world = world();
    for _ in 0..5 {
        world.send("poison");
    }
    for _ in 0..2 {
        world.receive(5);
        world.pass(30);
    }
    world.send("healthy");

    assert_eq!(world.bodies(2), ["healthy"]);
    assert_eq!(world.sqs.message_count(DEAD).unwrap(), 5);
}

#[test]
fn a_handle_from_before_the_move_reaches_nothing() {
    let world = world();
    world.send("poison");
    world.receive_one();
    world.pass(30);
    let handle = world.receive_one().receipt_handle;
    world.pass(30);
    world.receive(1);

    world.sqs.delete(QUEUE, &handle).unwrap();

    assert!(world.sqs.delete(DEAD, &handle).is_err());
    assert!(world.sqs.change_visibility(QUEUE, &handle, Duration::ZERO).is_err());
    assert_eq!(world.sqs.message_count(DEAD).unwrap(), 1);
}

#[test]
fn a_dead_letter_queue_counts_for_its_own_redrive_from_zero() {
    let world = world();
    let redrive = Redrive { dead_letter_queue: "grave".to_owned(), max_receive_count: 1 };
    world.sqs.create_queue(QueueSettings { redrive: Some(redrive), ..QueueSettings::named(DEAD) }).unwrap();
    world.sqs.create_queue(QueueSettings::named("grave")).unwrap();
    world.send("poison");
    receive_twice(&world);
    world.receive(1);

    let received = world.sqs.receive(DEAD, 1).unwrap();

    assert_eq!(received[0].receive_count, 3);
    assert_eq!(received[0].dead_letter_source.as_deref(), Some(QUEUE));
    world.pass(30);
    assert!(world.sqs.receive(DEAD, 1).unwrap().is_empty());
    assert_eq!(world.sqs.receive("grave", 1).unwrap()[0].receive_count, 4);
}

#[test]
fn retention_in_the_dead_letter_queue_counts_from_the_first_sending() {
    let world = world();
    let retention = Duration::from_mins(5);
    world.sqs.create_queue(QueueSettings { retention, ..QueueSettings::named(DEAD) }).unwrap();
    world.send("poison");
    receive_twice(&world);
    world.receive(1);
    world.pass(4 * 60 - 1);
    assert_eq!(world.sqs.message_count(DEAD).unwrap(), 1);
    world.pass(1);
    assert_eq!(world.sqs.message_count(DEAD).unwrap(), 0);
}

#[test]
fn without_its_dead_letter_queue_a_message_stays() {
    for dead_letter_queue in ["absent", QUEUE] {
        let world = World::with(source(dead_letter_queue));
        world.send("poison");
        receive_twice(&world);
        assert_eq!(world.receive_one().receive_count, 3);
    }
}
