//! Completing: whatever the client says of its parts, it is told what to do, and no state asks it to retry for ever.

use std::time::Duration;

use http::StatusCode;
use local::connector::InjectedFault;
use serde_json::{Value, json};

use super::{file, two_parts};
use crate::world::{Answer, World};

fn pointer(answer: &Answer) -> String {
    assert_eq!((answer.status.as_u16(), answer.code()), (422, "invalid"), "{answer:?}");
    answer.json["errors"][0]["pointer"].as_str().expect("a pointer").to_owned()
}

#[tokio::test]
async fn parts_may_be_named_in_any_order_and_twice_and_the_last_counts() {
    let mut world = World::new().await;
    let bytes = two_parts();
    let id = world.announce_in_parts(&file(&bytes)).await;
    let first = world.send_parts(&id, &bytes).await;
    // Resumed: the client sends a part again, with other bytes, and names what it knew before as well.
    let again = world.send_parts(&id, &two_parts().slice(..).to_vec().into()).await;
    let named = json!({ "parts": [
        { "number": 2, "etag": first[1] },
        { "number": 1, "etag": "\"00000000000000000000000000000000\"" },
        { "number": 2, "etag": again[1].trim_matches('"') },
        { "number": 1, "etag": again[0] },
    ]});
    assert_eq!(world.complete(&id, &named).await.status, StatusCode::OK);
    world.settle().await;
    assert_eq!(world.original(&id).await, Some(bytes));
    world.assert_at_rest().await;
}

#[tokio::test]
async fn what_is_wrong_with_the_parts_is_named_and_can_be_mended() {
    let mut world = World::new().await;
    let bytes = two_parts();
    let id = world.announce_in_parts(&file(&bytes)).await;
    assert_eq!(pointer(&world.complete(&id, &json!({})).await), "/parts");
    let etags = world.send_parts(&id, &bytes).await;
    let named = |entries: &[(u64, &str)]| {
        let entries = entries.iter().map(|(number, etag)| json!({ "number": number, "etag": etag }));
        json!({ "parts": entries.collect::<Vec<Value>>() })
    };
    let cases: [(Value, &str); 5] = [
        (named(&[(1, &etags[0])]), "/parts"),
        (named(&[(1, &etags[0]), (2, "other")]), "/parts/1/etag"),
        (named(&[(1, &etags[0]), (2, &etags[1]), (3, "x")]), "/parts/2/number"),
        (named(&[(0, "x"), (1, &etags[0]), (2, &etags[1])]), "/parts/0/number"),
        (json!({ "parts": [{ "number": 1 }] }), "/parts/0/etag"),
    ];
    for (body, expected) in cases {
        assert_eq!(pointer(&world.complete(&id, &body).await), expected);
    }
    let many: Vec<(u64, &str)> = (1..=10_001).map(|number| (number, "e")).collect();
    assert_eq!(world.complete(&id, &named(&many)).await.code(), "body_too_large");
    assert_eq!(world.complete(&id, &json!({ "parts": [] })).await.status, StatusCode::OK);
    world.settle().await;
    world.assert_at_rest().await;
}

#[tokio::test]
async fn completing_again_returns_the_same_before_and_after_the_event() {
    let mut world = World::new().await;
    let bytes = two_parts();
    let id = world.announce_in_parts(&file(&bytes)).await;
    world.send_parts(&id, &bytes).await;
    for _ in 0..2 {
        assert_eq!(world.complete(&id, &json!({})).await.status, StatusCode::OK);
    }
    world.settle().await;
    let answer = world.complete(&id, &json!({})).await;
    assert_eq!((answer.status, &answer.json["state"]), (StatusCode::OK, &json!("ready")));
    world.assert_at_rest().await;
}

/// Whether the call completes a multipart upload.
fn completes(operation: &str) -> bool {
    operation.starts_with("POST ") && operation.contains("uploadId=")
}

#[tokio::test]
async fn an_error_behind_a_status_of_200_is_an_error_and_the_next_try_succeeds() {
    let mut world = World::new().await;
    let id = world.announce_in_parts(&file(b"x")).await;
    world.send_parts(&id, &b"x"[..].into()).await;
    world.injector.set(|call| match completes(&call.operation) {
        true => InjectedFault::Answered(
            200,
            "<Error><Code>InternalError</Code><Message>Try again</Message></Error>",
        ),
        false => InjectedFault::None,
    });
    let answer = world.post(&format!("/v1/uploads/{id}/complete"), &json!({}), None).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (500, "internal"), "{answer:?}");
    world.injector.clear();
    assert_eq!(world.complete(&id, &json!({})).await.status, StatusCode::OK);
    world.settle().await;
    world.assert_at_rest().await;
}

#[tokio::test]
async fn what_s3_says_of_another_completion_under_way_or_done_is_understood() {
    let conflict = "<Error><Code>ConditionalRequestConflict</Code></Error>";
    let there = "<Error><Code>PreconditionFailed</Code></Error>";
    let other = "<Error><Code>InvalidPart</Code></Error>";
    for (status, body, expected) in [(409, conflict, 202), (412, there, 409), (400, other, 422)] {
        let mut world = World::new().await;
        let id = world.announce_in_parts(&file(b"x")).await;
        world.send_parts(&id, &b"x"[..].into()).await;
        world.injector.set(move |call| match completes(&call.operation) {
            true => InjectedFault::Answered(status, body),
            false => InjectedFault::None,
        });
        let answer = world.complete(&id, &json!({})).await;
        assert_eq!(answer.status.as_u16(), expected, "{answer:?}");
        world.injector.clear();
        assert_eq!(world.complete(&id, &json!({})).await.status, StatusCode::OK);
        world.settle().await;
        world.assert_at_rest().await;
    }
}

#[tokio::test]
async fn a_completion_that_takes_long_goes_on_without_the_client() {
    for took_effect in [false, true] {
        let mut world = World::new().await;
        world.longest.stop();
        let id = world.announce_in_parts(&file(b"x")).await;
        world.send_parts(&id, &b"x"[..].into()).await;
        let clock = world.clock.clone();
        world.injector.set(move |call| {
            if !completes(&call.operation) {
                return InjectedFault::None;
            }
            clock.advance(Duration::from_secs(26));
            if took_effect { InjectedFault::StallsAfter } else { InjectedFault::Stalls }
        });
        let answer = world.complete(&id, &json!({})).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        assert_eq!(answer.headers["location"], format!("/v1/uploads/{id}"));
        world.injector.clear();
        if took_effect {
            world.settle().await;
        }
        assert_eq!(world.complete(&id, &json!({})).await.status, StatusCode::OK);
        world.settle().await;
        assert_eq!(world.state_of(&id).await, "ready");
        world.assert_at_rest().await;
    }
}

#[tokio::test]
async fn an_object_whose_event_was_lost_is_found() {
    let mut world = World::new().await;
    let id = world.announce_in_parts(&file(b"x")).await;
    world.send_parts(&id, &b"x"[..].into()).await;
    assert_eq!(world.complete(&id, &json!({})).await.status, StatusCode::OK);
    for notification in world.aws.s3.due_notifications(world.clock.now(), 10).expect("the store answers") {
        world.aws.s3.notification_done(notification.id).expect("the store answers");
    }
    world.settle().await;
    assert_eq!(world.state_of(&id).await, "ready");
    world.assert_at_rest().await;
}
