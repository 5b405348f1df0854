//! A request is followed by its id: through the row, the messages and the jobs to every line about them.

use http::Method;
use local::connector::InjectedFault;
use local::sqs::NewMessage;
use serde_json::{Value, json};
use shared::request_id::RequestId;
use tracing::level_filters::LevelFilter;

use super::Captured;
use crate::pictures;
use crate::world::{Created, MEDIA_QUEUE, World, announcement};

const REQUEST_ID: &str = "web-7.of_March";

impl World {
    /// Announces `bytes` with one step, under a request id of the client's.
    async fn announce_as(&self, request_id: &str, bytes: &[u8]) -> Created {
        let authorization = format!("Bearer {}", self.key);
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
            ("x-request-id", request_id),
        ];
        let body = announcement(bytes, &["thumb"]).to_string();
        self.send(Method::POST, "/v1/uploads", &headers, body).await.created()
    }
}

#[tokio::test]
async fn what_a_request_causes_carries_its_id_to_every_row_and_line() {
    let mut world = World::logging_all().await;
    let captured = Captured::at(LevelFilter::INFO, &world.clock);
    let created = world.announce_as(REQUEST_ID, &pictures::small()).await;
    world.put(&created, &pictures::small()).await;
    let mut open = true;
    world.injector.set(move |call| {
        let here = open && call.function == "media" && call.operation.starts_with("GET ");
        open &= !here;
        if here { InjectedFault::Refused } else { InjectedFault::None }
    });
    world.settle().await;
    let rows = world.rows();
    let id = RequestId::parse(REQUEST_ID);
    assert_eq!((&rows.uploads[0].request_id, &rows.jobs[0].request_id), (&id, &id));
    let of_request: Vec<Value> =
        captured.lines().into_iter().filter(|line| line.get("tenant").is_some()).collect();
    let outcomes: Vec<(&str, &str)> = of_request
        .iter()
        .map(|line| {
            assert_eq!(line["request_id"], REQUEST_ID, "{line}");
            (line["message"].as_str().unwrap_or_default(), line["outcome"].as_str().unwrap_or_default())
        })
        .collect();
    let expected =
        [("request", "succeeded"), ("ingest", "succeeded"), ("job run", "retried"), ("job run", "succeeded")];
    assert_eq!(outcomes, expected);
    let retried = &of_request[2];
    assert_eq!((&retried["level"], &retried["job.attempt"]), (&json!("WARN"), &json!(1)));
    assert_eq!(retried["code"], "storage_unavailable");
    assert!(retried["error"].as_str().is_some_and(|error| error.starts_with("reading")), "{retried}");
    assert_eq!(of_request[3]["job.attempt"], 2);
    assert_eq!(captured.count("jobs_retried"), 1);
}

#[tokio::test]
async fn an_id_that_a_client_may_not_choose_gives_way_to_a_random_one() {
    let world = World::new().await;
    world.announce_as("no id!", &pictures::small()).await;
    let stored = world.rows().uploads[0].request_id.clone().expect("an id");
    assert!(stored.as_str().starts_with("req_"), "{stored}");
}

#[tokio::test]
async fn a_repeated_request_leaves_the_id_of_the_one_that_made_the_upload() {
    let world = World::new().await;
    let authorization = format!("Bearer {}", world.key);
    let body = announcement(&pictures::small(), &["thumb"]).to_string();
    for request_id in ["first", "second"] {
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", "k"),
            ("x-request-id", request_id),
        ];
        let answer = world.send(Method::POST, "/v1/uploads", &headers, body.clone()).await;
        assert_eq!(answer.status, http::StatusCode::CREATED, "{answer:?}");
    }
    assert_eq!(world.rows().uploads[0].request_id, RequestId::parse("first"));
}

#[tokio::test]
async fn a_message_without_a_request_id_runs_its_job() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world.deliver_notifications().await;
    while world.rows().jobs.is_empty() {
        for stream in &mut world.sources.streams {
            stream.deliver().await.expect("the emulation works");
        }
    }
    let mut delivery = world.rows().jobs[0].delivery();
    delivery.request_id = None;
    let body = serde_json::to_string(&delivery).expect("a delivery is plain data");
    world.aws.sqs.send(MEDIA_QUEUE, NewMessage::with_body(body)).expect("the emulation works");
    world.deliver_messages().await;
    assert!(world.rows().jobs[0].state.is_final());
    world.settle().await;
    assert_eq!(world.state_of(&id).await, "ready");
}

#[tokio::test]
async fn what_the_audit_moves_on_is_logged_and_counted() {
    let mut world = World::new().await;
    let captured = Captured::at(LevelFilter::INFO, &world.clock);
    let created = world.announce_as(REQUEST_ID, &pictures::small()).await;
    world.put(&created, &pictures::small()).await;
    world.deliver_notifications().await;
    world.lose_changes();
    world.settle().await;
    // The upload's, and its new job's where that lies in a segment which the same audit comes to later.
    assert!((1..=2).contains(&captured.count("rows_moved_by_audit")));
    let moved = captured.units("the audit moved a row on");
    assert_eq!((&moved[0]["request_id"], &moved[0]["level"]), (&json!(REQUEST_ID), &json!("WARN")));
}

#[tokio::test]
async fn a_change_that_could_not_be_followed_is_logged_with_its_request() {
    let mut world = World::new().await;
    let captured = Captured::at(LevelFilter::INFO, &world.clock);
    let mut open = true;
    world.injector.set(move |call| {
        let here = open && call.operation == "SendMessageBatch";
        open &= !here;
        if here { InjectedFault::Refused } else { InjectedFault::None }
    });
    let created = world.announce_as(REQUEST_ID, &pictures::small()).await;
    world.put(&created, &pictures::small()).await;
    world.settle().await;
    let failed = captured.units("a change was not followed");
    assert_eq!(
        (&failed[0]["request_id"], &failed[0]["job.kind"]),
        (&json!(REQUEST_ID), &json!("image_step"))
    );
    let batch = captured.units("changes").into_iter().find(|batch| batch["outcome"] == "faulted");
    assert_eq!(batch.expect("a batch that failed")["items.failed"], 1);
}

#[tokio::test]
async fn what_ends_badly_is_counted() {
    let mut world = World::new().await;
    let captured = Captured::at(LevelFilter::INFO, &world.clock);
    world.aws.sqs.send(MEDIA_QUEUE, NewMessage::with_body("not a delivery")).expect("the emulation works");
    // Never sent, no picture, and one that cannot be read.
    world.announce(&pictures::small(), &["thumb"]).await;
    let created = world.announce(b"no picture", &["thumb"]).await;
    world.put(&created, b"no picture").await;
    let unreadable = world.upload(&pictures::small(), &["thumb"]).await;
    world.injector.set(move |call| {
        let here = call.function == "media" && call.operation.contains(&unreadable);
        if here && call.operation.starts_with("GET ") { InjectedFault::Refused } else { InjectedFault::None }
    });
    world.settle().await;
    let names = ["uploads_expired", "uploads_rejected", "jobs_retried", "jobs_dead", "dead_letters_kept"];
    let counts = names.map(|name| (name, captured.count(name)));
    assert_eq!(counts.map(|(_, count)| count), [1, 1, 5, 1, 1], "{counts:?}");
    let dead = captured.units("job run").into_iter().find(|run| run["outcome"] == "dead");
    assert_eq!(dead.expect("a job that died")["level"], "ERROR");
}
