//! Jobs that clients submit: they send a request, now or later, until it is done.

mod bad_input;
mod batches;
mod callbacks;
mod changes;
mod cost;
mod faults;
mod listings;
pub mod receiver;
mod responses;
mod signatures;
mod times;

use serde_json::{Value, json};
use shared::job::{Job, State};

use crate::world::World;
use receiver::{Receiver, Reply, URL};

/// The smallest request for a job.
fn job() -> Value {
    json!({ "kind": "http", "input": { "url": URL } })
}

/// The same, with these fields.
fn with(fields: Value) -> Value {
    let mut request = job();
    for (name, value) in fields.as_object().expect("an object") {
        request[name] = value.clone();
    }
    request
}

impl World {
    /// Submits a job, and returns its id.
    async fn submit(&self, request: &Value) -> String {
        let answer = self.post("/v1/jobs", request, None).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.json["id"].as_str().expect("an id").to_owned()
    }

    async fn job(&self, id: &str) -> Value {
        let answer = self.get(&format!("/v1/jobs/{id}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json
    }

    /// Submits a job, lets all follow from it, and returns it as it is then.
    async fn finish(&mut self, request: &Value) -> Value {
        let id = self.submit(request).await;
        self.settle().await;
        self.assert_at_rest().await;
        self.job(&id).await
    }

    fn job_row(&self, id: &str) -> Job {
        self.rows().all_jobs().find(|job| job.id.as_str() == id).expect("the job's row").clone()
    }
}

#[tokio::test]
async fn a_job_sends_its_request_and_succeeds() {
    let mut world = World::new().await;
    let receiver = Receiver::with(&world, &[200]);
    let request = with(json!({ "input": {
        "url": URL, "method": "PUT", "headers": { "Authorization": "Bearer s3cret", "X-Own": "1" }, "body": "naïve\n",
    } }));
    let answer = world.post("/v1/jobs", &request, None).await;
    assert_eq!((answer.status.as_u16(), &answer.json["state"]), (202, &json!("queued")), "{answer:?}");
    let path = answer.headers["location"].to_str().unwrap().to_owned();
    assert_eq!(path, answer.json["links"]["self"]);
    world.settle().await;
    world.assert_at_rest().await;

    let shown = world.get(&path).await.json;
    assert_eq!((&shown["state"], &shown["attempts"]), (&json!("succeeded"), &json!(1)), "{shown}");
    assert_eq!(shown["output"], json!({ "status": 200 }));
    assert_eq!(shown["timeline"][0]["status"], 200);
    assert!(shown.get("waits_for").is_none() && shown.get("due_at").is_none(), "{shown}");
    let received = &receiver.received()[0];
    assert_eq!((received.method.as_str(), received.path.as_str()), ("PUT", "/hooks/charge?account=7"));
    assert_eq!(received.body, "naïve\n");
    assert_eq!((received.header("authorization"), received.header("x-own")), ("Bearer s3cret", "1"));
    let id = shown["id"].as_str().unwrap();
    assert_eq!((received.header("millrace-job-id"), received.header("webhook-id")), (id, id));
    assert_eq!(received.header("millrace-attempt"), "1");
    assert_eq!(receiver.count(), 1);
}

#[tokio::test]
async fn a_body_is_sent_as_it_was_given() {
    for (input, expected, content_type) in [
        (
            json!({ "json": { "b": [1, "é"], "a": null } }),
            r#"{"a":null,"b":[1,"é"]}"#.as_bytes(),
            "application/json",
        ),
        (json!({ "body": "a=1", "headers": { "content-type": "text/x" } }), b"a=1", "text/x"),
        (json!({ "body_base64": "AP8=" }), b"\x00\xff", ""),
        (json!({ "method": "GET" }), b"", ""),
    ] {
        let mut world = World::new().await;
        let receiver = Receiver::with(&world, &[204]);
        let mut request = job();
        for (name, value) in input.as_object().unwrap() {
            request["input"][name] = value.clone();
        }
        assert_eq!(world.finish(&request).await["state"], "succeeded");
        let received = &receiver.received()[0];
        assert_eq!((&received.body[..], received.header("content-type")), (expected, content_type));
    }
}

#[tokio::test]
async fn a_body_of_any_allowed_size_arrives() {
    for bytes in [0, 500, 600, 9_000, 256 * 1024] {
        let mut world = World::new().await;
        let receiver = Receiver::with(&world, &[200]);
        let mut request = job();
        request["input"]["body"] = json!("x".repeat(bytes));
        assert_eq!(world.finish(&request).await["state"], "succeeded");
        assert_eq!(receiver.received()[0].body.len(), bytes);
    }
}

#[tokio::test]
async fn secrets_of_a_job_are_neither_shown_nor_stored_in_the_clear() {
    let mut world = World::new().await;
    Receiver::with(&world, &[500, 200]);
    let secret = json!({ "Authorization": "Bearer s3cret" });
    let callback = json!({ "url": URL, "headers": secret });
    let request = with(json!({
        "input": { "url": URL, "headers": secret, "body": "x".repeat(1000) },
        "on_success": callback, "on_failure": callback,
    }));
    let shown = world.finish(&request).await;
    let id = shown["id"].as_str().unwrap();
    let whole = world.get(&format!("/v1/jobs/{id}?include=input")).await.json;
    assert_eq!((&whole["input"]["url"], whole["input"].get("headers")), (&json!(URL), None));
    let kept = format!("{shown} {whole} {:?} {:?}", world.items(), world.get("/v1/jobs").await.json);
    assert!(!kept.contains("s3cret"), "{kept}");
}

#[tokio::test]
async fn one_request_is_one_job_however_often_it_is_repeated() {
    let mut world = World::new().await;
    let receiver = Receiver::with(&world, &[200]);
    let request =
        with(json!({ "input": { "url": URL, "headers": { "X-Secret": "1" }, "body": "x".repeat(800) } }));
    let first = world.post("/v1/jobs", &request, Some("once")).await;
    let second = world.post("/v1/jobs", &request, Some("once")).await;
    assert_eq!((second.status.as_u16(), &second.json["id"]), (202, &first.json["id"]));
    assert_eq!(second.headers["idempotency-replayed"], "true");
    assert!(!first.headers.contains_key("idempotency-replayed"));
    let mut other = request.clone();
    other["input"]["headers"]["X-Secret"] = json!("2");
    assert_eq!(world.post("/v1/jobs", &other, Some("once")).await.code(), "idempotency_key_reused");
    world.settle().await;
    let mut in_body = request.clone();
    in_body["idempotency_key"] = json!("once");
    let third = world.post("/v1/jobs", &in_body, None).await;
    assert_eq!((&third.json["id"], &third.json["state"]), (&first.json["id"], &json!("succeeded")));
    let disagreeing = world.post("/v1/jobs", &in_body, Some("twice")).await;
    assert_eq!(disagreeing.json["errors"][0]["pointer"], "/idempotency_key");
    assert_eq!(receiver.count(), 1);
    assert_eq!(world.rows().submitted.len(), 1);
}

#[tokio::test]
async fn jobs_of_another_tenant_are_not_there() {
    let mut world = World::new().await;
    Receiver::with(&world, &[200]);
    let id = world.submit(&with(json!({ "delay_seconds": 3600 }))).await;
    let other = world.add_tenant("other").await;
    world.key = other;
    for verb in ["", "/cancel", "/retry"] {
        let path = format!("/v1/jobs/{id}{verb}");
        let answer =
            if verb.is_empty() { world.get(&path).await } else { world.post(&path, &json!({}), None).await };
        assert_eq!(answer.code(), "not_found", "{path}");
    }
    assert_eq!(world.get("/v1/jobs").await.json["data"], json!([]));
    assert_eq!(world.job_row(&id).state, State::Waiting);
}

#[tokio::test]
async fn the_parts_of_the_response_are_kept_that_were_asked_for() {
    let body = "é".repeat(5000);
    for (keep, expected) in [
        (json!({}), json!({ "status": 201 })),
        (
            json!({ "headers": ["X-Trace", "absent"] }),
            json!({ "status": 201, "headers": { "x-trace": "a, b" } }),
        ),
        (json!({ "body_bytes": 11 }), json!({ "status": 201, "body": "é".repeat(5), "body_is_cut": true })),
        (json!({ "body_bytes": 16384 }), json!({ "status": 201, "body": body })),
    ] {
        let mut world = World::new().await;
        let body = body.clone();
        let reply = move |_: &receiver::Received| {
            Reply::of(201).header("x-trace", "a").header("x-trace", "b").body(body.clone())
        };
        Receiver::serve(&world, reply);
        let shown = world.finish(&with(json!({ "input": { "url": URL, "keep": keep } }))).await;
        assert_eq!(shown["output"], expected);
    }
}
