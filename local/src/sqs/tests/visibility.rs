use std::error::Error as _;
use std::time::Duration;

use aws_sdk_sqs::error::ProvideErrorMetadata;

use super::{QUEUE, START, World};
use crate::sqs::{NewMessage, QueueSettings};
use crate::state::StateError;

const HOUR: u64 = 3600;

#[test]
fn a_received_message_is_invisible_until_its_timeout_is_over() {
    let world = World::new();
    let id = world.send("hello");

    let first = world.receive_one();
    assert_eq!(first.message_id, id);
    world.pass(29);
    assert!(world.receive(10).is_empty());
    assert_eq!(world.sqs.next_visible_at(QUEUE).unwrap(), Some(START + Duration::from_secs(30)));
    world.pass(1);
    let second = world.receive_one();
    assert_eq!((second.receive_count, &second.message_id), (2, &id));
    assert_eq!(second.first_received_at, START);
    assert_ne!(second.receipt_handle, first.receipt_handle);
}

#[test]
fn messages_come_in_the_order_in_which_they_became_visible() {
    let world = World::new();
    for body in ["a", "b", "c"] {
        world.send(body);
    }
    assert_eq!(world.bodies(2), ["a", "b"]);
    world.pass(30);
    assert_eq!(world.bodies(10), ["c", "a", "b"]);
}

#[tokio::test]
async fn a_receive_may_set_a_timeout_of_its_own() {
    let world = World::new();
    world.send("hello");
    let receive =
        |seconds| world.client.receive_message().queue_url(world.url()).visibility_timeout(seconds).send();

    assert_eq!(receive(0).await.unwrap().messages().len(), 1);
    assert_eq!(receive(5).await.unwrap().messages().len(), 1);
    assert!(receive(5).await.unwrap().messages().is_empty());
    world.pass(5);
    assert_eq!(receive(12 * 3600).await.unwrap().messages().len(), 1);
    world.pass(12 * HOUR - 1);
    assert!(receive(5).await.unwrap().messages().is_empty());
}

#[test]
fn a_deleted_message_never_returns() {
    let world = World::new();
    world.send("hello");
    let message = world.receive_one();

    world.sqs.delete(QUEUE, &message.receipt_handle).unwrap();
    world.sqs.delete(QUEUE, &message.receipt_handle).unwrap();

    world.pass(HOUR);
    assert!(world.receive(10).is_empty());
    assert_eq!(world.sqs.message_count(QUEUE).unwrap(), 0);
    assert_eq!(world.sqs.next_visible_at(QUEUE).unwrap(), None);
}

#[test]
fn the_newest_handle_deletes_also_after_the_timeout() {
    let world = World::new();
    world.send("hello");
    let message = world.receive_one();
    world.pass(31);

    world.sqs.delete(QUEUE, &message.receipt_handle).unwrap();

    assert_eq!(world.sqs.message_count(QUEUE).unwrap(), 0);
}

#[test]
fn an_older_handle_deletes_nothing_and_changes_nothing() {
    let world = World::new();
    world.send("hello");
    let first = world.receive_one();
    world.pass(30);
    let second = world.receive_one();

    world.sqs.delete(QUEUE, &first.receipt_handle).unwrap();
    let refused = world.sqs.change_visibility(QUEUE, &first.receipt_handle, Duration::ZERO).unwrap_err();

    assert!(cause(&refused).contains("The receipt handle has expired."), "{refused}");
    assert_eq!(world.sqs.message_count(QUEUE).unwrap(), 1);
    assert!(world.receive(1).is_empty());
    world.sqs.delete(QUEUE, &second.receipt_handle).unwrap();
    assert_eq!(world.sqs.message_count(QUEUE).unwrap(), 0);
}

#[test]
fn a_stack_that_starts_has_nothing_in_flight() {
    let world = World::new();
    world.send("worked on");
    let message = world.receive_one();
    let delay = Some(Duration::from_mins(1));
    world.sqs.send(QUEUE, NewMessage { delay, ..NewMessage::with_body("delayed") }).unwrap();

    assert_eq!(world.sqs.end_flights().unwrap(), ["worked on"]);

    let again = world.receive_one();
    assert_eq!((again.message_id, again.receive_count), (message.message_id, 2));
    world.pass(59);
    assert_eq!(world.bodies(10), ["worked on"], "a delay is no flight");
    world.pass(1);
    assert_eq!(world.bodies(10), ["delayed"]);
}

#[test]
fn a_new_timeout_counts_from_now_and_for_this_receive_only() {
    let world = World::new();
    world.send("hello");
    let message = world.receive_one();
    world.pass(20);
    world.sqs.change_visibility(QUEUE, &message.receipt_handle, Duration::from_mins(1)).unwrap();
    world.pass(59);
    assert!(world.receive(1).is_empty());
    world.pass(1);
    world.receive_one();
    world.pass(30);
    world.receive_one();
}

#[test]
fn a_timeout_of_zero_puts_the_message_back_at_once() {
    let world = World::new();
    world.send("hello");
    let message = world.receive_one();

    world.sqs.change_visibility(QUEUE, &message.receipt_handle, Duration::ZERO).unwrap();

    assert_eq!(world.receive_one().receive_count, 2);
}

#[tokio::test]
async fn a_message_that_is_visible_again_is_not_in_flight() {
    let world = World::new();
    world.send("hello");
    let message = world.receive_one();
    world.pass(30);
    let change = world.client.change_message_visibility().queue_url(world.url());
    let error =
        change.receipt_handle(message.receipt_handle).visibility_timeout(10).send().await.unwrap_err();
    assert!(error.into_service_error().is_message_not_inflight());
}

#[test]
fn the_timeout_of_a_deleted_message_cannot_be_changed() {
    let world = World::new();
    world.send("hello");
    let message = world.receive_one();
    world.sqs.delete(QUEUE, &message.receipt_handle).unwrap();
    let refused = world.sqs.change_visibility(QUEUE, &message.receipt_handle, Duration::ZERO).unwrap_err();
    assert!(cause(&refused).contains("Message does not exist"), "{refused}");
}

#[test]
fn a_message_stays_invisible_for_twelve_hours_at_most() {
    let world = World::new();
    world.send("hello");
    let message = world.receive_one();
    let change = |seconds| {
        world.sqs.change_visibility(QUEUE, &message.receipt_handle, Duration::from_secs(seconds)).is_ok()
    };
    world.pass(20);
    assert!(!change(12 * HOUR));
    assert!(!change(12 * HOUR - 19));
    assert!(change(12 * HOUR - 20));
}

#[tokio::test]
async fn bounds_of_receiving_are_checked() {
    let world = World::new();
    let receive = || world.client.receive_message().queue_url(world.url());
    let invalid = [
        receive().max_number_of_messages(0),
        receive().max_number_of_messages(11),
        receive().wait_time_seconds(-1),
        receive().wait_time_seconds(21),
        receive().visibility_timeout(-1),
        receive().visibility_timeout(12 * 3600 + 1),
    ];
    for request in invalid {
        let error = request.send().await.unwrap_err();
        assert_eq!(error.code(), Some("InvalidParameterValue"), "{error:?}");
    }
}

#[tokio::test]
async fn bounds_of_changing_the_timeout_are_checked() {
    let world = World::new();
    world.send("hello");
    let handle = world.receive_one().receipt_handle;
    for seconds in [-1, 12 * 3600 + 1] {
        let change = world.client.change_message_visibility().queue_url(world.url()).receipt_handle(&handle);
        let error = change.visibility_timeout(seconds).send().await.unwrap_err();
        assert_eq!(error.code(), Some("InvalidParameterValue"), "{error:?}");
    }
}

#[tokio::test]
async fn a_handle_that_was_never_given_out_is_invalid() {
    let world = World::new();
    world.sqs.create_queue(QueueSettings::named("other")).unwrap();
    world.sqs.send("other", NewMessage::with_body("hello")).unwrap();
    let of_other_queue = world.sqs.receive("other", 1).unwrap().remove(0).receipt_handle;
    for handle in ["invented", &of_other_queue] {
        let delete = world.client.delete_message().queue_url(world.url()).receipt_handle(handle);
        assert!(delete.send().await.unwrap_err().into_service_error().is_receipt_handle_is_invalid());
    }
    assert_eq!(world.sqs.message_count("other").unwrap(), 1);
}

fn cause(error: &StateError) -> String {
    error.source().expect("the rejection is the source").to_string()
}
