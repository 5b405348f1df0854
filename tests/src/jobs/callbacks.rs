//! Callbacks: whoever submitted a job is told how it ended.

use serde_json::{Value, json};

use super::receiver::{Received, Receiver, Reply};
use super::with;
use crate::world::World;

const CALLBACK_HOST: &str = "told.example";

fn callback() -> Value {
    json!({ "url": format!("http://{CALLBACK_HOST}/jobs"), "headers": { "X-Token": "t" } })
}

fn body(received: &Received) -> Value {
    serde_json::from_slice(&received.body).expect("JSON")
}

#[tokio::test]
async fn the_end_of_a_job_is_told_of_once_to_whom_it_concerns() {
    for (statuses, event, failure) in [
        (&[500, 200][..], "job.succeeded", Value::Null),
        (&[400][..], "job.dead", json!({ "code": "response_status", "detail": "HTTP 400", "status": 400 })),
    ] {
        let mut world = World::new().await;
        let told = Receiver::serve(&world, |_| Reply::of(200));
        told.be(&world, CALLBACK_HOST);
        Receiver::with(&world, statuses);
        let mut request = with(json!({
            "on_success": callback(), "on_failure": callback(), "tags": ["a"], "metadata": { "order": "7" },
        }));
        request["input"]["body"] = json!("x".repeat(700));
        let shown = world.finish(&request).await;
        assert_eq!(told.count(), 1, "{event}");
        let received = &told.received()[0];
        assert_eq!((received.header("x-token"), received.header("content-type")), ("t", "application/json"));
        let body = body(received);
        assert_eq!((&body["type"], &body["data"]["job"]), (&json!(event), &shown["id"]), "{body}");
        assert_eq!(
            (&body["data"]["tags"], &body["data"]["metadata"]),
            (&json!(["a"]), &json!({ "order": "7" }))
        );
        assert_eq!(body["data"]["failure"], failure);
        let callback = world.rows().callbacks.remove(0);
        let callback = world.job(callback.id.as_str()).await;
        assert_eq!((&callback["state"], &callback["callback_of"]), (&json!("succeeded"), &shown["id"]));
        let listed = world.get("/v1/jobs").await.json;
        assert_eq!(listed["data"].as_array().unwrap().len(), 1, "callbacks are not listed");
    }
}

#[tokio::test]
async fn an_end_that_nobody_asked_for_is_not_told_of() {
    for (statuses, callbacks) in [
        (&[200][..], json!({ "on_failure": callback() })),
        (&[400][..], json!({ "on_success": callback() })),
        (&[200][..], json!({})),
    ] {
        let mut world = World::new().await;
        Receiver::with(&world, statuses);
        world.finish(&with(callbacks)).await;
        assert!(world.rows().callbacks.is_empty());
    }
}

#[tokio::test]
async fn each_end_of_a_job_that_is_retried_is_told_of() {
    let mut world = World::new().await;
    let told = Receiver::serve(&world, |_| Reply::of(200));
    told.be(&world, CALLBACK_HOST);
    Receiver::with(&world, &[400, 400, 200]);
    let plan = json!({ "attempts": 1, "when_exhausted": "paused" });
    let shown = world
        .finish(&with(json!({ "on_success": callback(), "on_failure": callback(), "retry": plan })))
        .await;
    let id = shown["id"].as_str().unwrap();
    for _ in 0..2 {
        world.post(&format!("/v1/jobs/{id}/retry"), &json!({}), None).await;
        world.settle().await;
    }
    let events: Vec<Value> = told.received().iter().map(|received| body(received)["type"].clone()).collect();
    assert_eq!(events, ["job.dead", "job.dead", "job.succeeded"]);
    let mut ids = told.headers("webhook-id");
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn a_job_that_pauses_is_told_of() {
    let mut world = World::new().await;
    let told = Receiver::serve(&world, |_| Reply::of(200));
    told.be(&world, CALLBACK_HOST);
    Receiver::with(&world, &[500]);
    let plan = json!({ "attempts": 1, "when_exhausted": "paused" });
    world.finish(&with(json!({ "on_failure": callback(), "retry": plan }))).await;
    assert_eq!(body(&told.received()[0])["type"], "job.paused");
}

#[tokio::test]
async fn a_callback_whose_stream_record_was_lost_is_put_by_the_audit() {
    let mut world = World::new().await;
    let told = Receiver::serve(&world, |_| Reply::of(200));
    told.be(&world, CALLBACK_HOST);
    Receiver::with(&world, &[200]);
    let id = world.submit(&with(json!({ "on_success": callback() }))).await;
    while world.job(&id).await["state"] != "succeeded" {
        for stream in &mut world.sources.streams {
            stream.deliver().await.unwrap();
        }
        world.deliver_messages().await;
    }
    world.lose_changes();
    world.deliver_all().await;
    assert_eq!(told.count(), 0);
    world.ask_for_audit();
    world.settle().await;
    assert_eq!(told.count(), 1);
    world.ask_for_audit();
    world.settle().await;
    assert_eq!((told.count(), world.rows().callbacks.len()), (1, 1));
}

#[tokio::test]
async fn a_callback_is_tried_again_like_any_job() {
    let mut world = World::new().await;
    let told = Receiver::with(&world, &[500, 200]);
    told.be(&world, CALLBACK_HOST);
    Receiver::with(&world, &[200]);
    world.finish(&with(json!({ "on_success": callback() }))).await;
    assert_eq!(told.count(), 2);
    let bodies: Vec<_> = told.received().into_iter().map(|received| received.body).collect();
    assert_eq!(bodies[0], bodies[1]);
}
