use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::operation::send_message_batch::SendMessageBatchError;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, SendMessageBatchRequestEntry,
};

use super::{QUEUE, World};
use crate::sqs::QueueSettings;

fn entry(id: &str, body: &str) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap()
}

async fn refused(world: &World, entries: Vec<SendMessageBatchRequestEntry>) -> SendMessageBatchError {
    let batch = world.client.send_message_batch().queue_url(world.url()).set_entries(Some(entries));
    let error = batch.send().await.unwrap_err().into_service_error();
    assert_eq!(world.sqs.message_count(QUEUE).unwrap(), 0);
    error
}

#[tokio::test]
async fn a_batch_is_sent_deleted_and_made_visible_in_one_call_each() {
    let world = World::new();
    let entries = (0..10).map(|n| entry(&format!("id-{n}"), &format!("body {n}"))).collect();
    let batch = world.client.send_message_batch().queue_url(world.url()).set_entries(Some(entries));
    let sent = batch.send().await.unwrap();
    assert_eq!((sent.successful().len(), sent.failed().len()), (10, 0));

    let messages = world.receive(10);
    assert_eq!(messages[3].body, "body 3");
    assert_eq!(messages[3].message_id, sent.successful()[3].message_id());

    let mut released = world.client.change_message_visibility_batch().queue_url(world.url());
    let mut delete = world.client.delete_message_batch().queue_url(world.url());
    for (n, message) in messages.iter().enumerate() {
        let (id, handle) = (n.to_string(), &message.receipt_handle);
        if n % 2 == 0 {
            let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(id).receipt_handle(handle);
            released = released.entries(entry.visibility_timeout(0).build().unwrap());
        } else {
            let entry = DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(handle);
            delete = delete.entries(entry.build().unwrap());
        }
    }
    assert_eq!(released.send().await.unwrap().successful().len(), 5);
    assert_eq!(delete.send().await.unwrap().successful().len(), 5);
    assert_eq!(world.bodies(10), ["body 0", "body 2", "body 4", "body 6", "body 8"]);
}

#[tokio::test]
async fn one_refused_entry_is_refused_alone() {
    let world = World::with(QueueSettings { maximum_message_bytes: 1024, ..QueueSettings::named(QUEUE) });
    let late = SendMessageBatchRequestEntry::builder().id("late").message_body("x").delay_seconds(901);
    let entries = [
        entry("good", "hello"),
        entry("control", "\u{2}"),
        entry("long", &"x".repeat(1025)),
        late.build().unwrap(),
    ];
    let batch = world.client.send_message_batch().queue_url(world.url()).set_entries(Some(entries.into()));
    let sent = batch.send().await.unwrap();

    assert_eq!(sent.successful().iter().map(|sent| sent.id()).collect::<Vec<_>>(), ["good"]);
    let failed: Vec<_> = sent.failed().iter().map(|failed| (failed.id(), failed.code())).collect();
    let invalid = "InvalidParameterValue";
    assert_eq!(failed, [("control", "InvalidMessageContents"), ("long", invalid), ("late", invalid)]);
    assert!(sent.failed().iter().all(|failed| failed.sender_fault()));
    assert_eq!(world.bodies(10), ["hello"]);
}

#[tokio::test]
async fn one_stale_handle_fails_alone() {
    let world = World::new();
    world.send("a");
    world.send("b");
    let stale = world.receive_one();
    world.sqs.delete(QUEUE, &stale.receipt_handle).unwrap();
    let held = world.receive_one();
    let entry = |id: &str, handle: &str, timeout| {
        let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(id).receipt_handle(handle);
        entry.visibility_timeout(timeout).build().unwrap()
    };
    let changed = world
        .client
        .change_message_visibility_batch()
        .queue_url(world.url())
        .entries(entry("stale", &stale.receipt_handle, 0))
        .entries(entry("invented", "invented", 0))
        .entries(entry("long", &held.receipt_handle, 43_201))
        .entries(entry("held", &held.receipt_handle, 0))
        .send()
        .await
        .unwrap();

    assert_eq!(changed.successful().iter().map(|changed| changed.id()).collect::<Vec<_>>(), ["held"]);
    let failed: Vec<_> = changed.failed().iter().map(|failed| (failed.id(), failed.code())).collect();
    let invalid = "InvalidParameterValue";
    assert_eq!(failed, [("stale", invalid), ("invented", "ReceiptHandleIsInvalid"), ("long", invalid)]);
}

#[tokio::test]
async fn a_batch_out_of_bounds_is_refused_as_a_whole() {
    let world = World::new();
    let ten = |id: fn(usize) -> String| (0..10).map(move |n| entry(&id(n), "x"));

    assert!(refused(&world, Vec::new()).await.is_empty_batch_request());
    let eleven = ten(|n| n.to_string()).chain([entry("more", "x")]).collect();
    assert!(refused(&world, eleven).await.is_too_many_entries_in_batch_request());
    assert!(refused(&world, ten(|n| (n / 2).to_string()).collect()).await.is_batch_entry_ids_not_distinct());
    for id in ["", "a b", "é", &"x".repeat(81)] {
        assert!(refused(&world, vec![entry(id, "x")]).await.is_invalid_batch_entry_id(), "{id:?}");
    }
    let half = "x".repeat(512 * 1024);
    let too_long = refused(&world, vec![entry("1", &half), entry("2", &half), entry("3", "x")]).await;
    assert!(too_long.is_batch_request_too_long());
    assert_eq!(too_long.code(), Some("AWS.SimpleQueueService.BatchRequestTooLong"));
}
