//! Responses of a receiver, and the job that follows from them.

use std::time::Duration;

use serde_json::{Value, json};
use shared::job::State;

use super::receiver::{Receiver, Reply, URL};
use super::{job, with};
use crate::world::World;

#[tokio::test]
async fn a_failure_is_tried_again_until_it_succeeds_and_the_timeline_says_how() {
    let mut world = World::new().await;
    let receiver = Receiver::serve(&world, |received| match received.number {
        1 => Reply::of(500).body("database\nis down"),
        2 => Reply::of(404),
        _ => Reply::of(200),
    });
    let shown = world.finish(&with(json!({ "retry": { "delays_seconds": [10, 1200] } }))).await;
    assert_eq!((&shown["state"], &shown["attempts"]), (&json!("succeeded"), &json!(3)), "{shown}");
    let timeline = shown["timeline"].as_array().unwrap();
    let outcome = |index: usize| {
        (&timeline[index]["outcome"], &timeline[index]["status"], &timeline[index]["delay_ms"])
    };
    assert_eq!(outcome(0), (&json!("response_status"), &json!(500), &json!(10_000)));
    assert_eq!(outcome(1), (&json!("response_status"), &json!(404), &json!(1_200_000)));
    assert_eq!(outcome(2), (&json!("succeeded"), &json!(200), &Value::Null));
    assert!(timeline.iter().all(|attempt| attempt["duration_ms"].is_u64()), "{shown}");
    assert_eq!(receiver.headers("millrace-attempt"), ["1", "2", "3"]);
    let ids = receiver.headers("webhook-id");
    assert!(ids.iter().all(|id| id == &ids[0]), "{ids:?}");
}

#[tokio::test]
async fn between_attempts_a_job_says_why_it_waits_and_how_the_last_one_failed() {
    let mut world = World::new().await;
    Receiver::serve(&world, |_| Reply::of(500).body("database is down"));
    let id = world.submit(&with(json!({ "retry": { "delays_seconds": [1200] } }))).await;
    assert_eq!(world.job(&id).await["waits_for"], "worker");
    world.deliver_all().await;
    let shown = world.job(&id).await;
    assert_eq!((&shown["state"], &shown["waits_for"]), (&json!("waiting"), &json!("retry")), "{shown}");
    let failure = json!({ "code": "response_status", "status": 500, "detail": "HTTP 500: database is down" });
    assert_eq!(shown["failure"], failure);
    assert!(shown["due_at"].is_string() && shown["links"]["retry"].is_string(), "{shown}");
    world.settle().await;
    let shown = world.job(&id).await;
    assert_eq!((&shown["state"], &shown["attempts"]), (&json!("dead"), &json!(2)));
}

#[tokio::test]
async fn a_final_status_ends_a_job_at_once() {
    for (reply, fields) in [
        (Reply::of(400), json!({})),
        (Reply::of(410), json!({ "final_statuses": ["5xx"] })),
        (Reply::of(302).header("location", "http://other.example/"), json!({})),
        (Reply::of(503), json!({ "final_statuses": ["503"] })),
        (Reply::of(500).header("millrace-retry", "no"), json!({})),
        (Reply::of(200), json!({ "success": ["201"], "final_statuses": ["2xx"] })),
    ] {
        let mut world = World::new().await;
        let (status, answer) = (reply.status, reply.clone());
        let receiver = Receiver::serve(&world, move |_| answer.clone());
        let mut request = job();
        for (name, value) in fields.as_object().unwrap() {
            request["input"][name] = value.clone();
        }
        let shown = world.finish(&request).await;
        assert_eq!((&shown["state"], &shown["attempts"]), (&json!("dead"), &json!(1)), "{status}: {shown}");
        assert_eq!(shown["failure"]["status"], status);
        assert_eq!(receiver.count(), 1, "{status}");
    }
}

#[tokio::test]
async fn statuses_count_as_success_if_the_job_says_so() {
    let mut world = World::new().await;
    Receiver::with(&world, &[404]);
    let shown = world.finish(&with(json!({ "input": { "url": URL, "success": ["2xx", "404"] } }))).await;
    assert_eq!((&shown["state"], &shown["output"]["status"]), (&json!("succeeded"), &json!(404)));
}

#[tokio::test]
async fn a_receiver_that_is_busy_uses_up_no_attempt_up_to_a_bound() {
    let mut world = World::new().await;
    let receiver = Receiver::serve(&world, |received| match received.number {
        1..=3 => Reply::of(429).header("retry-after", "100"),
        4..=5 => Reply::of(503),
        _ => Reply::of(200),
    });
    let shown = world.finish(&with(json!({ "retry": { "attempts": 1, "max_delay_seconds": 200 } }))).await;
    assert_eq!((&shown["state"], receiver.count()), (&json!("succeeded"), 6), "{shown}");

    let mut world = World::new().await;
    let receiver = Receiver::with(&world, &[503]);
    let shown = world.finish(&with(json!({ "retry": { "attempts": 2, "max_delay_seconds": 1 } }))).await;
    assert_eq!((&shown["state"], receiver.count()), (&json!("dead"), 52), "{shown}");
}

#[tokio::test]
async fn a_wait_that_the_receiver_asks_for_is_kept_to_within_the_plan() {
    for (status, asked, expected) in
        [(429, "60", 60), (500, "60", 60), (500, "999999999999", 300), (503, "-1", 5)]
    {
        let mut world = World::new().await;
        Receiver::serve(&world, move |_| Reply::of(status).header("retry-after", asked));
        let plan = json!({ "delays_seconds": [5, 5], "max_delay_seconds": 300 });
        let id = world.submit(&with(json!({ "retry": plan }))).await;
        world.deliver_all().await;
        let wait = world.job(&id).await["timeline"][0]["delay_ms"].clone();
        assert_eq!(wait, expected * 1000, "{status}, {asked}");
    }
}

#[tokio::test]
async fn a_job_that_asked_for_it_is_paused_when_its_attempts_are_used_up() {
    let mut world = World::new().await;
    let receiver = Receiver::with(&world, &[500, 500, 200]);
    let plan = json!({ "delays_seconds": [1], "when_exhausted": "paused" });
    let shown = world.finish(&with(json!({ "retry": plan }))).await;
    assert_eq!((&shown["state"], &shown["waits_for"]), (&json!("paused"), &json!("decision")), "{shown}");
    world.pass(Duration::from_secs(60 * 60)).await;
    assert_eq!(receiver.count(), 2);
    let retried = world.post(shown["links"]["retry"].as_str().unwrap(), &json!({}), None).await;
    assert_eq!((retried.status.as_u16(), &retried.json["state"]), (202, &json!("queued")), "{retried:?}");
    world.settle().await;
    let shown = world.job(shown["id"].as_str().unwrap()).await;
    assert_eq!((&shown["state"], &shown["attempts"]), (&json!("succeeded"), &json!(3)), "{shown}");
}

#[tokio::test]
async fn a_host_that_cannot_be_called_fails_as_what_it_is() {
    let mut world = World::new().await;
    let plan = json!({ "delays_seconds": [1] });
    let unknown = with(json!({ "input": { "url": "http://nowhere.example/" }, "retry": plan }));
    let shown = world.finish(&unknown).await;
    assert_eq!((&shown["state"], &shown["attempts"]), (&json!("dead"), &json!(2)), "{shown}");
    assert_eq!(shown["failure"]["code"], "dns_failed");

    let receiver = Receiver::with(&world, &[200]);
    world.outside.resolve_to(super::receiver::HOST, &["10.0.0.1".parse().unwrap()]);
    let shown = world.finish(&job()).await;
    assert_eq!((&shown["state"], &shown["failure"]["code"]), (&json!("dead"), &json!("address_refused")));
    assert_eq!((&shown["attempts"], receiver.count()), (&json!(1), 0));
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_fails_and_is_tried_again() {
    let mut world = World::new().await;
    let clock = world.clock.clone();
    let calls = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    world.outside.serve(super::receiver::HOST, move |_| {
        let (clock, number) = (clock.clone(), calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst));
        async move {
            if number == 0 {
                clock.advance(Duration::from_secs(11));
                std::future::pending::<()>().await;
            }
            http::Response::new(http_body_util::Full::new(bytes::Bytes::new()))
        }
    });
    let shown =
        world.finish(&with(json!({ "timeout_seconds": 10, "retry": { "delays_seconds": [1] } }))).await;
    assert_eq!((&shown["state"], &shown["attempts"]), (&json!("succeeded"), &json!(2)), "{shown}");
    assert_eq!(shown["timeline"][0]["outcome"], "timed_out");
}

#[tokio::test]
async fn an_age_that_is_used_up_ends_the_job_before_its_attempts_are() {
    let mut world = World::new().await;
    let receiver = Receiver::with(&world, &[500]);
    let plan = json!({ "delays_seconds": [60, 60, 60, 60], "max_age_seconds": 130 });
    let shown = world.finish(&with(json!({ "retry": plan }))).await;
    assert_eq!((&shown["state"], receiver.count()), (&json!("dead"), 3), "{shown}");
    assert_eq!(world.rows().submitted[0].state, State::Dead);
}
