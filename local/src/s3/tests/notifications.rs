use serde_json::json;

use super::*;

#[tokio::test]
async fn an_object_under_the_prefix_leaves_one_notification_of_the_documented_shape() {
    let world = World::new();
    world.put("in/red flower+é.jpg", b"hello").await;
    world.put("out/a", b"x").await;
    let due = world.s3.due_notifications(START, 10).unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!((&*due[0].bucket, &*due[0].key, due[0].attempts), (BUCKET, "in/red flower+é.jpg", 0));
    let expected = json!({
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": "2100-01-01T00:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "userIdentity": { "principalId": "AWS:LOCAL" },
        "requestParameters": { "sourceIPAddress": "127.0.0.1" },
        "responseElements": {
            "x-amz-request-id": "0000000000000001",
            "x-amz-id-2": "0000000000000000000000000000000000000000000000000000000000000001",
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "local",
            "bucket": {
                "name": "uploads",
                "ownerIdentity": { "principalId": "LOCAL" },
                "arn": "arn:aws:s3:::uploads",
            },
            "object": {
                "key": "in/red+flower%2B%C3%A9.jpg",
                "size": 5,
                "eTag": "5d41402abc4b2a76b9719d911017c592",
                "sequencer": "0000000000000001",
            },
        },
    });
    assert_eq!(due[0].event, expected);
}

#[tokio::test]
async fn a_notification_is_due_until_it_is_done() {
    let world = World::new();
    world.put("in/a", b"x").await;
    world.s3.changed().await;
    let id = world.s3.due_notifications(START, 10).unwrap()[0].id;
    let later = START + Duration::from_secs(60);
    world.s3.notification_retry(id, 1, later).unwrap();
    assert!(world.s3.due_notifications(START, 10).unwrap().is_empty());
    assert_eq!(world.s3.next_notification_at().unwrap(), Some(later));
    assert_eq!(world.s3.due_notifications(later, 10).unwrap()[0].attempts, 1);
    world.s3.notification_done(id).unwrap();
    assert_eq!(world.s3.next_notification_at().unwrap(), None);
}

#[tokio::test]
async fn a_write_that_is_refused_leaves_no_notification() {
    let world = World::new();
    world.put("in/a", b"x").await;
    let put = world.client.put_object().bucket(BUCKET).key("in/a").if_none_match("*").send().await;
    assert_eq!(refusal(put).0, 412);
    assert_eq!(world.s3.due_notifications(START, 10).unwrap().len(), 1);
}

#[tokio::test]
async fn later_events_of_a_key_have_higher_sequencers() {
    let world = World::new();
    world.put("in/a", b"x").await;
    let copy = world.client.copy_object().bucket(BUCKET).key("in/a").copy_source("uploads/in/a");
    copy.send().await.unwrap();
    let due = world.s3.due_notifications(START, 10).unwrap();
    let sequencer = |index: usize| due[index].event["s3"]["object"]["sequencer"].as_str().unwrap();
    assert!(sequencer(0) < sequencer(1));
    assert_eq!(due[1].event["eventName"], "ObjectCreated:Copy");
}
