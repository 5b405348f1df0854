use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::QueueAttributeName;
use bytes::Bytes;

use super::{QUEUE, START, World};
use crate::sqs::{NewMessage, QueueSettings, queue_arn};

async fn attributes(world: &World) -> BTreeMap<String, String> {
    let get =
        world.client.get_queue_attributes().queue_url(world.url()).attribute_names(QueueAttributeName::All);
    let attributes = get.send().await.unwrap().attributes.unwrap();
    attributes.into_iter().map(|(name, value)| (name.as_str().to_owned(), value)).collect()
}

#[tokio::test]
async fn a_queue_has_the_attributes_of_aws() {
    let world = World::new();
    for _ in 0..3 {
        world.send("x");
    }
    world.receive_one();
    let delay = Some(Duration::from_secs(1));
    world.sqs.send(QUEUE, NewMessage { delay, ..NewMessage::with_body("later") }).unwrap();

    let created_at = START.as_secs().to_string();
    let expected = [
        ("ApproximateNumberOfMessages", "2"),
        ("ApproximateNumberOfMessagesDelayed", "1"),
        ("ApproximateNumberOfMessagesNotVisible", "1"),
        ("CreatedTimestamp", &created_at),
        ("DelaySeconds", "0"),
        ("LastModifiedTimestamp", &created_at),
        ("MaximumMessageSize", "1048576"),
        ("MessageRetentionPeriod", "345600"),
        ("QueueArn", "arn:aws:sqs:us-east-1:000000000000:jobs"),
        ("ReceiveMessageWaitTimeSeconds", "0"),
        ("VisibilityTimeout", "30"),
    ];
    assert_eq!(
        attributes(&world).await,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    );
}

#[tokio::test]
async fn attributes_that_are_set_hold() {
    let world = World::new();
    world.sqs.create_queue(QueueSettings::named("dead")).unwrap();
    world.pass(60);
    let policy = format!(r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":"5"}}"#, queue_arn("dead"));
    let set = world.client.set_queue_attributes().queue_url(world.url());
    set.attributes(QueueAttributeName::VisibilityTimeout, "90")
        .attributes(QueueAttributeName::RedrivePolicy, policy)
        .send()
        .await
        .unwrap();

    let attributes = attributes(&world).await;
    assert_eq!(attributes["VisibilityTimeout"], "90");
    let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":5}"#;
    assert_eq!(attributes["RedrivePolicy"], policy);
    assert_eq!(attributes["LastModifiedTimestamp"], (START + Duration::from_mins(1)).as_secs().to_string());

    let set = world.client.set_queue_attributes().queue_url(world.url());
    set.attributes(QueueAttributeName::RedrivePolicy, "").send().await.unwrap();
    let get = world.client.get_queue_attributes().queue_url(world.url());
    let policy = get.attribute_names(QueueAttributeName::RedrivePolicy).send().await.unwrap();
    assert_eq!(policy.attributes, None);
}

#[tokio::test]
async fn attributes_out_of_bounds_are_refused() {
    let world = World::new();
    let dead = |name: &str, count: &str| {
        format!(r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":{count}}}"#, queue_arn(name))
    };
    let invalid = [
        (QueueAttributeName::VisibilityTimeout, "43201".to_owned(), "InvalidAttributeValue"),
        (QueueAttributeName::VisibilityTimeout, "soon".to_owned(), "InvalidAttributeValue"),
        (QueueAttributeName::MessageRetentionPeriod, "59".to_owned(), "InvalidAttributeValue"),
        (QueueAttributeName::DelaySeconds, "-1".to_owned(), "InvalidAttributeValue"),
        (QueueAttributeName::RedrivePolicy, dead(QUEUE, "0"), "InvalidAttributeValue"),
        (QueueAttributeName::RedrivePolicy, dead("absent", "1"), "InvalidParameterValue"),
        (QueueAttributeName::RedrivePolicy, "dead".to_owned(), "InvalidParameterValue"),
        (QueueAttributeName::KmsMasterKeyId, "key".to_owned(), "InvalidAttributeName"),
    ];
    for (name, value, code) in invalid {
        let set = world.client.set_queue_attributes().queue_url(world.url()).attributes(name, &value);
        let error = set.send().await.unwrap_err();
        assert_eq!(error.code(), Some(code), "{value}: {error:?}");
    }
    assert_eq!(attributes(&world).await["VisibilityTimeout"], "30");
}

#[tokio::test]
async fn a_queue_is_created_once() {
    let world = World::new();
    let create = |timeout: &str| {
        let create = world.client.create_queue().queue_name("new");
        create.attributes(QueueAttributeName::VisibilityTimeout, timeout).send()
    };
    let url = create("60").await.unwrap().queue_url.unwrap();
    assert_eq!(url, "http://localhost:4000/000000000000/new");
    assert_eq!(create("60").await.unwrap().queue_url.unwrap(), url);
    let error = create("61").await.unwrap_err().into_service_error();
    assert!(error.is_queue_name_exists());
    assert!(error.message().unwrap().ends_with("attribute VisibilityTimeout"));
    let found = world.client.get_queue_url().queue_name("new").send().await.unwrap();
    assert_eq!(found.queue_url.unwrap(), url);
}

#[test]
fn creating_a_queue_again_keeps_its_messages() {
    let world = World::new();
    world.send("hello");
    let visibility_timeout = Duration::from_secs(5);
    world.sqs.create_queue(QueueSettings { visibility_timeout, ..QueueSettings::named(QUEUE) }).unwrap();
    world.receive_one();
    world.pass(5);
    world.receive_one();
}

#[tokio::test]
async fn queues_are_listed_by_prefix_and_page() {
    let world = World::new();
    for name in ["a-1", "a-2", "a-3", "b-1"] {
        world.sqs.create_queue(QueueSettings::named(name)).unwrap();
    }
    let list = || world.client.list_queues().queue_name_prefix("a-");
    let url = |name: &str| world.sqs.queue_url(name);
    assert_eq!(list().send().await.unwrap().queue_urls(), [url("a-1"), url("a-2"), url("a-3")]);
    let first = list().max_results(2).send().await.unwrap();
    assert_eq!(first.queue_urls(), [url("a-1"), url("a-2")]);
    let second = list().max_results(2).next_token(first.next_token().unwrap()).send().await.unwrap();
    assert_eq!((second.queue_urls(), second.next_token()), ([url("a-3")].as_slice(), None));
    assert!(list().max_results(1001).send().await.is_err());
}

#[tokio::test]
async fn purging_deletes_all_messages_but_only_once_a_minute() {
    let world = World::new();
    world.send("visible");
    world.send("in flight");
    world.receive_one();
    let purge = || world.client.purge_queue().queue_url(world.url()).send();

    purge().await.unwrap();
    assert_eq!(world.sqs.message_count(QUEUE).unwrap(), 0);
    world.pass(59);
    assert!(purge().await.unwrap_err().into_service_error().is_purge_queue_in_progress());
    world.pass(1);
    purge().await.unwrap();
}

#[tokio::test]
async fn a_deleted_queue_does_not_exist() {
    let world = World::new();
    world.send("hello");
    world.client.delete_queue().queue_url(world.url()).send().await.unwrap();

    let send = world.client.send_message().queue_url(world.url()).message_body("x").send().await;
    let error = send.unwrap_err().into_service_error();
    assert!(error.is_queue_does_not_exist());
    assert_eq!(error.code(), Some("AWS.SimpleQueueService.NonExistentQueue"));

    world.sqs.create_queue(QueueSettings::named(QUEUE)).unwrap();
    assert!(world.receive(10).is_empty());
}

#[test]
fn an_unknown_queue_is_an_error_in_process_too() {
    let world = World::new();
    assert!(world.sqs.receive("absent", 1).is_err());
    assert!(world.sqs.send("absent", NewMessage::with_body("x")).is_err());
    assert!(world.sqs.message_count("absent").is_err());
}

#[tokio::test]
async fn what_is_not_understood_is_named() {
    let world = World::new();
    let call = async |target: &str, body: &'static str| {
        let request =
            http::Request::post("/").header("x-amz-target", target).body(Bytes::from(body)).unwrap();
        let response = world.sqs.call(request).await;
        assert_eq!(response.status(), http::StatusCode::BAD_REQUEST);
        assert_eq!(response.headers()["content-type"], "application/x-amz-json-1.0");
        String::from_utf8(response.into_body().into()).unwrap()
    };
    let answer = call("AmazonSQS.StartMessageMoveTask", "{}").await;
    assert!(
        answer.contains("UnknownOperationException") && answer.contains("StartMessageMoveTask"),
        "{answer}"
    );
    assert!(call("AmazonSQS.SendMessage", "{").await.contains("SerializationException"));
    assert!(call("AmazonSQS.SendMessage", "{}").await.contains("MissingRequiredParameterException"));
    let answer = call("AmazonSQS.GetQueueUrl", r#"{"QueueName":"absent"}"#).await;
    let expected =
        r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}"#;
    assert_eq!(answer, expected);
}
