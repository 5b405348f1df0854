//! `GET /v1/activity`.

use super::*;
use crate::world::announcement;

impl World {
    async fn activity(&self, query: &str) -> Value {
        let answer = self.get(&format!("/v1/activity{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {answer:?}");
        answer.json
    }
}

fn entry(hour: &str, kind: &str, counts: [u64; 4]) -> Value {
    let [succeeded, failed, retried, cancelled] = counts;
    json!({
        "hour": hour, "kind": kind,
        "succeeded": succeeded, "failed": failed, "retried": retried, "cancelled": cancelled,
    })
}

/// The world begins on 2100-01-01 at midnight.
async fn three_hours_of_work() -> World {
    let mut world = World::new().await;
    world.upload(&pictures::small(), &["a", "b"]).await;
    world.settle().await;
    world.clock.advance(2 * HOUR);
    let bytes = pictures::small();
    let mut body = announcement(&bytes, &["a"]);
    let steps = body["recipe"]["steps"].as_array_mut().expect("steps");
    steps.push(json!({ "name": "sum", "checksum": {} }));
    let created = world.post("/v1/uploads", &body, None).await.created();
    assert_eq!(world.put(&created, &bytes).await, StatusCode::OK);
    world.settle().await;
    world
}

#[tokio::test]
async fn hours_are_shown_newest_first_and_those_without_work_are_left_out() {
    let world = three_hours_of_work().await;
    let (first, third) = ("2100-01-01T00:00:00.000Z", "2100-01-01T02:00:00.000Z");
    let all = [
        entry(third, "checksum_step", [1, 0, 0, 0]),
        entry(third, "image_step", [1, 0, 0, 0]),
        entry(first, "image_step", [2, 0, 0, 0]),
    ];
    let expected =
        json!({ "from": "2099-12-31T03:00:00.000Z", "to": "2100-01-01T03:00:00.000Z", "data": all });
    assert_eq!(world.activity("").await, expected);
    let cases: [(&str, &[Value]); 8] = [
        ("?kind=image_step", &all[1..]),
        ("?kind=checksum_step", &all[..1]),
        ("?kind=purge_upload", &[]),
        ("?from=2100-01-01T00:00:00.001Z", &all[..2]),
        ("?from=2100-01-01T02:00:00Z", &all[..2]),
        ("?to=2100-01-01T02:00:00Z", &all[2..]),
        ("?to=2100-01-01T02:00:00.001Z", &all),
        ("?from=2100-01-01T03:00:00%2B02:00&to=2100-01-01T02:00:00Z&kind=checksum_step", &[]),
    ];
    for (query, data) in cases {
        assert_eq!(world.activity(query).await["data"], json!(data), "{query}");
    }
    let fields = world.activity("?fields=hour,succeeded&kind=checksum_step").await;
    assert_eq!(fields["data"], json!([{ "hour": third, "succeeded": 1 }]));
}

#[tokio::test]
async fn a_wrong_range_or_kind_is_told() {
    let world = World::new().await;
    let cases: [(&str, &[&str]); 7] = [
        ("?from=2100-01-01T02:00:00Z&to=2100-01-01T02:00:00Z", &["/from"]),
        ("?from=2100-01-01T00:00:00Z&to=2100-02-01T00:00:00.001Z", &["/from"]),
        ("?from=1970-01-01T00:00:00Z", &["/from"]),
        ("?from=yesterday", &["/from"]),
        ("?kind=Image%20Step", &["/kind"]),
        ("?kind=", &["/kind"]),
        ("?hour=2100-01-01T00:00:00Z", &["/hour"]),
    ];
    for (query, pointers) in cases {
        let answer = world.get(&format!("/v1/activity{query}")).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::UNPROCESSABLE_ENTITY, "invalid"), "{query}");
        let errors = answer.json["errors"].as_array().cloned().unwrap_or_default();
        let found: Vec<&str> = errors.iter().filter_map(|error| error["pointer"].as_str()).collect();
        assert_eq!(found, pointers, "{query}: {answer:?}");
    }
    world.activity("?from=2100-01-01T00:00:00Z&to=2100-02-01T00:00:00Z").await;
    world.activity("?to=9999-12-31T23:59:59Z").await;
}

#[tokio::test]
async fn what_one_tenant_did_is_shown_to_no_other() {
    let mut world = three_hours_of_work().await;
    let other = world.add_tenant("other").await;
    let shown = world.get_as(&other, "/v1/activity").await;
    assert_eq!((shown.status, &shown.json["data"]), (StatusCode::OK, &json!([])));
    world.key = world.add_tenant("acm").await;
    assert_eq!(world.activity("").await["data"], json!([]));
}

#[tokio::test]
async fn an_hour_goes_ninety_days_after_it_ended() {
    let world = three_hours_of_work().await;
    let query = "?from=2100-01-01T00:00:00Z&to=2100-01-02T00:00:00Z";
    assert_eq!(world.activity(query).await["data"].as_array().map(Vec::len), Some(3));
    world.clock.advance(90 * 24 * HOUR - HOUR + Duration::from_secs(1));
    world.aws.dynamodb.sweep().expect("the emulation works");
    assert_eq!(
        world.activity(query).await["data"].as_array().map(Vec::len),
        Some(2),
        "the first hour is gone"
    );
    world.clock.advance(2 * HOUR);
    world.aws.dynamodb.sweep().expect("the emulation works");
    assert_eq!(world.activity(query).await["data"], json!([]));
}
