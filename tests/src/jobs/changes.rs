//! Cancelling and retrying, in every state and against a run that is under way.

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use shared::app::App;
use shared::operations::jobs::{cancel_job, retry_job};
use shared::tenant::Tenant;

use super::receiver::{HOST, Receiver};
use super::{job, with};
use crate::world::World;

impl World {
    async fn change(&self, id: &str, verb: &str) -> (StatusCode, Value) {
        let answer = self.post(&format!("/v1/jobs/{id}/{verb}"), &json!({}), None).await;
        (answer.status, answer.json)
    }

    /// A receiver that, when it is called, first has this done with the job, and then answers with this status; or never, if it has
    /// none, while its clock goes on by 20 s.
    fn serve_after<F>(
        &self,
        status: Option<u16>,
        act: impl Fn(App, String) -> F + Send + Sync + Clone + 'static,
    ) where
        F: Future<Output = ()> + Send,
    {
        let (app, clock) = (self.developer.clone(), self.clock.clone());
        self.outside.serve(HOST, move |request| {
            let (app, clock, act) = (app.clone(), clock.clone(), act.clone());
            let id = request.headers()["millrace-job-id"].to_str().unwrap().to_owned();
            async move {
                act(app, id).await;
                if status.is_none() {
                    clock.advance(Duration::from_secs(20));
                    std::future::pending::<()>().await;
                }
                let body = Full::new(Bytes::new());
                let status = StatusCode::from_u16(status.unwrap_or(200)).unwrap();
                Response::builder().status(status).body(body).unwrap()
            }
        });
    }
}

fn acme() -> Tenant {
    Tenant::parse("acme").unwrap()
}

async fn cancel(app: App, id: String) {
    cancel_job(&app, &acme(), &id, |_| Ok(())).await.expect("a job that runs can be cancelled");
}

#[tokio::test]
async fn a_cancelled_job_never_starts_and_stays_cancelled() {
    for delay in [0, 60, 7200] {
        for is_delivered in [false, true] {
            let mut world = World::new().await;
            let receiver = Receiver::with(&world, &[200]);
            let id = world.submit(&with(json!({ "delay_seconds": delay }))).await;
            if is_delivered && delay > 0 {
                world.deliver_all().await;
            }
            let (status, cancelled) = world.change(&id, "cancel").await;
            assert_eq!((status.as_u16(), &cancelled["state"]), (200, &json!("cancelled")), "{cancelled}");
            assert_eq!(world.change(&id, "cancel").await.0, 200, "again");
            world.settle().await;
            world.clock.advance(Duration::from_secs(3 * 3600));
            world.settle().await;
            world.assert_at_rest().await;
            assert_eq!((receiver.count(), &world.job(&id).await["state"]), (0, &json!("cancelled")));
        }
    }
}

#[tokio::test]
async fn a_running_job_is_cancelled_when_its_attempt_ends_unless_it_succeeds() {
    for (status, expected) in [(500, "cancelled"), (503, "cancelled"), (400, "dead"), (200, "succeeded")] {
        let mut world = World::new().await;
        world.serve_after(Some(status), cancel);
        let shown = world.finish(&job()).await;
        assert_eq!((&shown["state"], &shown["attempts"]), (&json!(expected), &json!(1)), "{status}: {shown}");
        assert!(shown.get("cancel_requested").is_none(), "{shown}");
    }
}

#[tokio::test]
async fn a_cancelled_job_that_hangs_is_cut_off() {
    let mut world = World::new().await;
    // Its host moves the clock while the function waits for it.
    world.longest.stop();
    world.serve_after(None, cancel);
    let shown = world.finish(&with(json!({ "timeout_seconds": 50 }))).await;
    assert_eq!(
        (&shown["state"], &shown["failure"]["code"]),
        (&json!("cancelled"), &json!("cancelled")),
        "{shown}"
    );
}

#[tokio::test]
async fn a_job_that_was_to_be_cancelled_is_not_run_again_after_a_crash() {
    let mut world = World::new().await;
    world.serve_after(Some(200), cancel);
    world.injector.set(|call| {
        let records =
            call.function == "worker" && call.operation == "UpdateItem" && call.body.contains("succeeded");
        if records { local::connector::InjectedFault::Dies } else { local::connector::InjectedFault::None }
    });
    let shown = world.finish(&job()).await;
    assert_eq!((&shown["state"], &shown["attempts"]), (&json!("cancelled"), &json!(0)), "{shown}");
}

#[tokio::test]
async fn what_has_ended_cannot_be_cancelled_and_what_has_not_cannot_be_retried() {
    let mut world = World::new().await;
    Receiver::with(&world, &[200]);
    let done = world.finish(&job()).await;
    let (status, refused) = world.change(done["id"].as_str().unwrap(), "cancel").await;
    assert_eq!((status.as_u16(), &refused["code"]), (409, &json!("conflict")), "{refused}");
    let waiting = world.submit(&with(json!({ "delay_seconds": 60 }))).await;
    let (status, refused) = world.change(&waiting, "retry").await;
    assert_eq!((status.as_u16(), &refused["code"]), (409, &json!("conflict")), "{refused}");
    assert_eq!(world.change("job_00000000000000000000000000", "retry").await.0, 404);
}

#[tokio::test]
async fn a_job_that_ended_is_run_again_under_its_id_and_its_attempts_go_on_counting() {
    let mut world = World::new().await;
    let receiver = Receiver::with(&world, &[400, 500, 500, 200, 201]);
    let request = with(json!({ "retry": { "delays_seconds": [1] } }));
    let id = world.submit(&request).await;
    for (state, attempts) in [("dead", 1), ("dead", 3), ("succeeded", 4), ("succeeded", 5)] {
        world.settle().await;
        let shown = world.job(&id).await;
        assert_eq!((&shown["state"], &shown["attempts"]), (&json!(state), &json!(attempts)), "{shown}");
        if attempts < 5 {
            let (status, retried) = world.change(&id, "retry").await;
            assert_eq!((status.as_u16(), &retried["state"]), (202, &json!("queued")), "{retried}");
            assert!(retried.get("output").is_none(), "{retried}");
        }
    }
    assert_eq!(receiver.count(), 5);
    let outcomes = world.job(&id).await["timeline"].clone();
    let runs: Vec<_> = outcomes.as_array().unwrap().iter().map(|attempt| attempt["run"].as_u64()).collect();
    assert_eq!(runs, [2, 3, 4, 5].map(Some));
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_job_that_waits_for_its_next_attempt_is_retried_at_once_and_not_twice() {
    for wait in [60, 7200] {
        let mut world = World::new().await;
        let receiver = Receiver::with(&world, &[500, 200]);
        let id = world.submit(&with(json!({ "retry": { "delays_seconds": [wait] } }))).await;
        world.deliver_all().await;
        assert_eq!(world.change(&id, "retry").await.0, 202);
        world.deliver_all().await;
        assert_eq!((&world.job(&id).await["state"], receiver.count()), (&json!("succeeded"), 2));
        world.settle().await;
        world.clock.advance(Duration::from_secs(3 * 3600));
        world.settle().await;
        assert_eq!(receiver.count(), 2, "the attempt that was to come was made as well");
    }
}

#[tokio::test]
async fn a_cancelled_and_an_expired_job_can_be_retried() {
    let mut world = World::new().await;
    let receiver = Receiver::with(&world, &[200]);
    let cancelled = world.submit(&job()).await;
    world.change(&cancelled, "cancel").await;
    let expired = world.submit(&with(json!({ "expires_after_seconds": 1 }))).await;
    world.clock.advance(Duration::from_secs(2));
    world.settle().await;
    assert_eq!(world.job(&expired).await["state"], "expired");
    for id in [cancelled, expired] {
        assert_eq!(world.change(&id, "retry").await.0, 202);
        world.settle().await;
        assert_eq!(world.job(&id).await["state"], "succeeded");
    }
    assert_eq!(receiver.count(), 2);
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_change_depends_on_what_the_client_last_saw() {
    let mut world = World::new().await;
    Receiver::with(&world, &[500, 200]);
    let id = world.submit(&with(json!({ "retry": { "delays_seconds": [7200] } }))).await;
    let authorization = format!("Bearer {}", world.key);
    let tag = world.get(&format!("/v1/jobs/{id}")).await.headers["etag"].to_str().unwrap().to_owned();
    world.deliver_all().await;
    for verb in ["cancel", "retry"] {
        let headers = [("authorization", authorization.as_str()), ("if-match", tag.as_str())];
        let answer = world.send(http::Method::POST, &format!("/v1/jobs/{id}/{verb}"), &headers, "").await;
        assert_eq!(answer.code(), "precondition_failed", "{verb}");
    }
    assert_eq!(world.job(&id).await["state"], "waiting");
}

#[tokio::test]
async fn a_run_that_was_overtaken_by_cancel_and_retry_records_nothing() {
    // Wherever the worker is paused, the job is cancelled and retried as far as that is allowed, and ends once.
    for paused_at in 1..=6 {
        let mut world = World::new().await;
        Receiver::with(&world, &[200]);
        let id = world.submit(&job()).await;
        let proceed = world.pause("worker", paused_at);
        world.deliver_all().await;
        world.injector.clear();
        let app = world.developer.clone();
        let _ = cancel_job(&app, &acme(), &id, |_| Ok(())).await;
        let _ = retry_job(&app, &acme(), &id, "a request", |_| Ok(())).await;
        world.deliver_all().await;
        proceed.notify_one();
        crate::claims::let_run().await;
        world.settle().await;
        let shown = world.job(&id).await;
        let state = shown["state"].as_str().unwrap();
        assert!(["succeeded", "cancelled"].contains(&state), "paused at call {paused_at}: {shown}");
        world.assert_at_rest().await;
    }
}

#[tokio::test]
async fn a_retry_under_a_key_is_done_once() {
    let mut world = World::new().await;
    let receiver = Receiver::with(&world, &[400]);
    let dead = world.finish(&job()).await;
    let path = format!("/v1/jobs/{}/retry", dead["id"].as_str().unwrap());
    assert_eq!(world.post(&path, &json!({}), Some("once")).await.status, 202);
    world.settle().await;
    let again = world.post(&path, &json!({}), Some("once")).await;
    assert_eq!(
        (again.status.as_u16(), &again.headers["idempotency-replayed"]),
        (202, &"true".parse().unwrap())
    );
    assert_eq!((&again.json["state"], &again.json["attempts"]), (&json!("dead"), &json!(2)));
    world.settle().await;
    assert_eq!(receiver.count(), 2);
}
