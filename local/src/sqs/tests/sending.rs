use std::time::Duration;

use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeName, MessageSystemAttributeNameForSends,
    MessageSystemAttributeValue,
};

use super::{QUEUE, START, World, client};
use crate::sqs::{NewMessage, QueueSettings};

#[tokio::test]
async fn a_message_is_received_as_it_was_sent() {
    let world = World::new();
    let text = MessageAttributeValue::builder().data_type("String").string_value("value").build().unwrap();
    let bytes = MessageAttributeValue::builder()
        .data_type("Binary.png")
        .binary_value(Blob::new([0, 255]))
        .build()
        .unwrap();
    let trace =
        MessageSystemAttributeValue::builder().data_type("String").string_value("Root=1").build().unwrap();

    let sent = world
        .client
        .send_message()
        .queue_url(world.url())
        .message_body("hello")
        .message_attributes("text", text.clone())
        .message_attributes("bytes", bytes.clone())
        .message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, trace)
        .message_group_id("tenant-1")
        .send()
        .await
        .unwrap();
    world.pass(5);
    let received = world
        .client
        .receive_message()
        .queue_url(world.url())
        .message_attribute_names("All")
        .message_system_attribute_names(MessageSystemAttributeName::All)
        .send()
        .await
        .unwrap();

    let [message] = received.messages() else { panic!("{received:?}") };
    assert_eq!(message.message_id(), sent.message_id());
    assert_eq!(message.body(), Some("hello"));
    assert_eq!(message.md5_of_body(), Some("5d41402abc4b2a76b9719d911017c592"));
    assert_eq!(message.md5_of_body(), sent.md5_of_message_body());
    assert_eq!(message.message_attributes().unwrap()["text"], text);
    assert_eq!(message.message_attributes().unwrap()["bytes"], bytes);
    assert!(message.md5_of_message_attributes().is_some());
    assert_eq!(message.md5_of_message_attributes(), sent.md5_of_message_attributes());
    let attribute = |name: MessageSystemAttributeName| message.attributes().unwrap()[&name].as_str();
    let now = (START + Duration::from_secs(5)).as_millis().to_string();
    assert_eq!(attribute(MessageSystemAttributeName::SentTimestamp), START.as_millis().to_string());
    assert_eq!(attribute(MessageSystemAttributeName::ApproximateFirstReceiveTimestamp), now);
    assert_eq!(attribute(MessageSystemAttributeName::ApproximateReceiveCount), "1");
    assert_eq!(attribute(MessageSystemAttributeName::MessageGroupId), "tenant-1");
    assert_eq!(attribute(MessageSystemAttributeName::AwsTraceHeader), "Root=1");
    assert_eq!(attribute(MessageSystemAttributeName::SenderId), client::ACCESS_KEY);
}

#[tokio::test]
async fn a_receiver_that_asks_for_no_attributes_gets_none() {
    let world = World::new();
    world.send("hello");

    let received = world.client.receive_message().queue_url(world.url()).send().await.unwrap();

    assert_eq!(received.messages()[0].attributes(), None);
    assert_eq!(received.messages()[0].message_attributes(), None);
    assert_eq!(received.messages()[0].md5_of_message_attributes(), None);
}

#[tokio::test]
async fn what_no_queue_accepts_is_refused_and_not_stored() {
    let world = World::new();
    let send = || world.client.send_message().queue_url(world.url());
    let invalid = [
        (send().message_body(""), "MissingParameter"),
        (send().message_body("\u{1}"), "InvalidMessageContents"),
        (send().message_body("x".repeat(1024 * 1024 + 1)), "InvalidParameterValue"),
        (send().message_body("x").delay_seconds(901), "InvalidParameterValue"),
        (send().message_body("x").delay_seconds(-1), "InvalidParameterValue"),
        (send().message_body("x").message_group_id(""), "InvalidParameterValue"),
        (send().message_body("x").message_group_id("two words"), "InvalidParameterValue"),
        (send().message_body("x").message_group_id("g".repeat(129)), "InvalidParameterValue"),
        (send().message_body("x").message_deduplication_id("once"), "InvalidParameterValue"),
    ];
    for (message, code) in invalid {
        let error = message.send().await.unwrap_err();
        assert_eq!(error.code(), Some(code), "{error:?}");
    }
    assert_eq!(world.sqs.message_count(QUEUE).unwrap(), 0);
}

#[test]
fn a_message_may_have_the_largest_size_to_the_byte() {
    let world = World::with(QueueSettings { maximum_message_bytes: 2000, ..QueueSettings::named(QUEUE) });
    world.send(&"x".repeat(2000));
    assert!(world.sqs.send(QUEUE, NewMessage::with_body("x".repeat(2001))).is_err());
}

#[tokio::test]
async fn attributes_count_for_the_size() {
    let world = World::with(QueueSettings { maximum_message_bytes: 1024, ..QueueSettings::named(QUEUE) });
    let attribute =
        MessageAttributeValue::builder().data_type("String").string_value("12345").build().unwrap();
    let send = |body: String| {
        let message = world.client.send_message().queue_url(world.url()).message_body(body);
        message.message_attributes("1234", attribute.clone()).send()
    };
    assert!(send("x".repeat(1024 - 15)).await.is_ok());
    assert!(send("x".repeat(1024 - 14)).await.is_err());
}

#[test]
fn a_delayed_message_is_visible_when_its_delay_is_over() {
    let world = World::new();
    let delay = Some(Duration::from_mins(15));
    world.sqs.send(QUEUE, NewMessage { delay, ..NewMessage::with_body("later") }).unwrap();
    world.send("now");

    assert_eq!(world.bodies(10), ["now"]);
    world.pass(15 * 60 - 1);
    assert!(!world.bodies(10).contains(&"later".to_owned()));
    world.pass(1);
    assert!(world.bodies(10).contains(&"later".to_owned()));
}

#[test]
fn the_queues_delay_holds_for_messages_without_their_own() {
    let delay = Duration::from_secs(10);
    let world = World::with(QueueSettings { delay, ..QueueSettings::named(QUEUE) });
    world.send("as the queue says");
    world
        .sqs
        .send(QUEUE, NewMessage { delay: Some(Duration::ZERO), ..NewMessage::with_body("at once") })
        .unwrap();

    assert_eq!(world.bodies(10), ["at once"]);
    assert_eq!(world.sqs.next_visible_at(QUEUE).unwrap(), Some(START + delay));
    world.pass(10);
    assert_eq!(world.bodies(10), ["as the queue says"]);
}
