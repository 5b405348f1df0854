//! Requests for jobs that cannot be: every field that is wrong is named, and nothing is accepted.

use serde_json::{Value, json};

use super::receiver::URL;
use super::{job, with};
use crate::world::World;

async fn pointers(world: &World, request: &Value) -> Vec<String> {
    let answer = world.post("/v1/jobs", request, None).await;
    assert_eq!(answer.code(), "invalid", "{request}: {answer:?}");
    let errors = answer.json["errors"].as_array().unwrap();
    errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn everything_that_is_wrong_is_named_at_once() {
    let world = World::new().await;
    let request = json!({
        "kind": "http",
        "input": { "url": "https://127.0.0.1/", "method": "GET", "body": "x" },
        "run_at": "tomorrow", "delay_seconds": 31_536_001,
        "retry": { "attempts": 101, "factor": 0 },
        "timeout_seconds": 51, "expires_after_seconds": 0,
        "on_success": { "url": "file:///etc/passwd" }, "on_failure": { "url": URL, "headers": { "Host": "x" } },
        "tags": ["", "a\u{0}b"],
        "metadata": { "long": "x".repeat(1024) },
        "idempotency_key": "",
    });
    let mut found = pointers(&world, &request).await;
    found.sort();
    let expected = [
        "/delay_seconds",
        "/delay_seconds",
        "/expires_after_seconds",
        "/idempotency_key",
        "/input/body",
        "/input/url",
        "/metadata",
        "/on_failure/headers/Host",
        "/on_success/url",
        "/retry/attempts",
        "/retry/factor",
        "/run_at",
        "/tags/0",
        "/tags/1",
        "/timeout_seconds",
    ];
    assert_eq!(found, expected);
    assert!(world.rows().submitted.is_empty());
}

#[tokio::test]
async fn one_field_that_is_wrong_is_named() {
    let world = World::new().await;
    let century = "2200-01-01T00:00:00Z";
    for (fields, expected) in [
        (json!({ "kind": "htttp" }), "/kind"),
        (json!({ "run_at": century }), "/run_at"),
        (
            json!({ "retry": { "attempts": 100, "delay_seconds": 604_800, "max_delay_seconds": 604_800 } }),
            "/retry",
        ),
        (json!({ "retry": { "delays_seconds": vec![1; 100] } }), "/retry/delays_seconds"),
        (json!({ "retry": { "delays_seconds": [-1] } }), "/retry/delays_seconds/0"),
        (json!({ "tags": vec!["a"; 10_000] }), "/tags"),
        (json!({ "on_success": { "url": URL, "on_success": { "url": URL } } }), "/on_success/on_success"),
        (
            json!({ "input": { "url": URL, "headers": { "Content-Length": "1" } } }),
            "/input/headers/Content-Length",
        ),
        (
            json!({ "input": { "url": URL, "headers": { "Transfer-Encoding": "x" } } }),
            "/input/headers/Transfer-Encoding",
        ),
        (json!({ "input": { "url": URL, "headers": { "X": "a\r\nb: c" } } }), "/input/headers/X"),
        (json!({ "input": { "url": URL, "headers": { "webhook-id": "x" } } }), "/input/headers/webhook-id"),
        (json!({ "input": { "url": "http://169.254.169.254/latest" } }), "/input/url"),
        (json!({ "input": { "url": "http://user:pass@app.example/" } }), "/input/url"),
        (json!({ "input": { "url": format!("https://app.example/{}", "a".repeat(2048)) } }), "/input/url"),
        (json!({ "input": { "url": URL, "body": "x".repeat(256 * 1024 + 1) } }), "/input/body"),
        (json!({ "input": { "url": URL, "success": ["200-299"] } }), "/input/success/0"),
        (json!({ "input": { "url": URL, "keep": { "body_bytes": 16_385 } } }), "/input/keep/body_bytes"),
        (json!({ "idempotency_key": "k".repeat(256) }), "/idempotency_key"),
        (json!({ "idempotency_key": "ü" }), "/idempotency_key"),
        (json!({ "prioirty": 1 }), "/prioirty"),
    ] {
        assert_eq!(pointers(&world, &with(fields)).await, [expected]);
    }
    let answer = world.post("/v1/jobs", &with(json!({ "kind": "htttp" })), None).await;
    assert_eq!(answer.json["errors"][0]["suggestion"], "http", "{answer:?}");
    let mut large = job();
    large["metadata"] = json!({ "x": "y".repeat(1024 * 1024) });
    assert_eq!(world.post("/v1/jobs", &large, None).await.code(), "body_too_large");
    assert!(world.rows().submitted.is_empty());
}

#[tokio::test]
async fn strings_from_outside_collide_with_nothing() {
    let mut world = World::new().await;
    let receiver = super::Receiver::with(&world, &[200]);
    let keys = ["a", "a#b", "a/b", "a*", "a:b", "a%23b", " a", "job", "#"];
    for key in keys {
        let quoted =
            with(json!({ "idempotency_key": key, "tags": [key, "#/*:%"], "metadata": { key: "\u{0}" } }));
        let answer = world.post("/v1/jobs", &quoted, None).await;
        assert_eq!(answer.status, 202, "{key}: {answer:?}");
    }
    world.settle().await;
    assert_eq!((receiver.count(), world.rows().submitted.len()), (keys.len(), keys.len()));
    world.assert_at_rest().await;
}
