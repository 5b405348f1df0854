//! Every POST under an `Idempotency-Key`: one effect, whoever asks, however often, whatever fails.

use std::time::Duration;

use api::route::Idempotency;
use api::routes::ROUTES;
use http::StatusCode;
use local::connector::InjectedFault;
use serde_json::{Value, json};

use crate::pictures;
use crate::world::{Answer, World, announcement};

/// First uses of one key at the same time.
const AT_ONCE: usize = 500;

/// A POST, and two bodies that differ.
struct Post {
    path: String,
    bodies: [Value; 2],
}

/// Every POST that there is with a body; but a batch of jobs, each of which has an outcome of its own.
async fn posts(world: &mut World) -> Vec<Post> {
    let upload = world.upload(&pictures::small(), &[]).await;
    world.settle().await;
    let rotated = world.key_path().await;
    let posts = vec![
        Post {
            path: "/v1/uploads".to_owned(),
            bodies: [announcement(&pictures::small(), &["a"]), announcement(&pictures::small(), &["b"])],
        },
        Post {
            path: "/v1/api-keys".to_owned(),
            bodies: ["a", "b"].map(|name| json!({ "name": name, "scopes": ["jobs:read"] })),
        },
        Post {
            path: format!("{rotated}/rotate"),
            bodies: [1, 2].map(|secs| json!({ "overlap_seconds": secs })),
        },
        Post {
            path: format!("/v1/uploads/{upload}/runs"),
            bodies: ["a", "b"].map(|name| json!({ "recipe": announcement(&[], &[name])["recipe"] })),
        },
        Post { path: "/v1/jobs".to_owned(), bodies: [7200, 7201].map(job_in) },
        Post {
            path: format!("{}/reschedule", world.job_path().await),
            bodies: [9000, 9001].map(|delay| json!({ "delay_seconds": delay })),
        },
    ];
    let known = ROUTES.iter().filter(|route| {
        let is_batch = route.path == "/v1/jobs/batch";
        route.idempotency != Idempotency::Inherent && route.contract.takes_body && !is_batch
    });
    let known = known.count();
    assert_eq!(posts.len(), known, "a POST is not tested here");
    posts
}

fn job_in(delay_seconds: u32) -> Value {
    json!({ "kind": "http", "input": { "url": "http://app.example/" }, "delay_seconds": delay_seconds })
}

impl World {
    /// Submits a job that waits, and returns where it is.
    async fn job_path(&self) -> String {
        let submitted = self.post("/v1/jobs", &job_in(7200), None).await;
        submitted.headers["location"].to_str().expect("a path").to_owned()
    }

    /// Makes a key, and answers where it is.
    async fn key_path(&self) -> String {
        let body = json!({ "name": "to rotate", "scopes": ["jobs:read"] });
        let made = self.post("/v1/api-keys", &body, None).await;
        made.headers["location"].to_str().expect("a path").to_owned()
    }

    /// All rows of things that a POST makes, as text: uploads, jobs, keys and what they hold.
    async fn effects(&self) -> String {
        let keys = self.get("/v1/api-keys?limit=100&fields=id,previous_secret_expires_at").await;
        let rows = self.rows();
        let things = rows.uploads.iter().chain(&rows.runs);
        let mut ids: Vec<String> = things.map(|thing| format!("{} {:?}", thing.id, thing.run)).collect();
        let jobs = rows.submitted.iter();
        ids.extend(jobs.map(|job| format!("{} {:?} {} {:?}", job.id, job.state, job.dispatch, job.due_at)));
        ids.sort();
        format!("{ids:?} {}", keys.json["data"])
    }
}

fn is_first(answer: &Answer) -> bool {
    is_done(answer) && !answer.headers.contains_key("idempotency-replayed")
}

fn is_done(answer: &Answer) -> bool {
    [StatusCode::CREATED, StatusCode::ACCEPTED].contains(&answer.status)
}

#[tokio::test]
async fn of_many_first_uses_at_once_one_has_its_effect() {
    let mut world = World::with_routes(&ROUTES).await;
    for Post { path, bodies } in posts(&mut world).await {
        let requests = (0..AT_ONCE).map(|index| {
            let (world, path, body) = (&world, &path, &bodies[usize::from(index % 5 == 4)]);
            async move { (index % 5 == 4, world.post(path, body, Some("the-key")).await) }
        });
        let answers = futures_util::future::join_all(requests).await;
        let firsts: Vec<_> = answers.iter().filter(|(_, answer)| is_first(answer)).collect();
        assert_eq!(firsts.len(), 1, "{path}");
        let (won, first) = firsts[0];
        for (which, answer) in &answers {
            let replayed = answer.headers.contains_key("idempotency-replayed");
            let expected = match answer.status.as_u16() {
                201 | 202 => {
                    which == won && answer.json["id"] == first.json["id"] && (replayed || is_first(answer))
                }
                409 => answer.code() == "request_in_progress" && answer.headers.contains_key("retry-after"),
                422 => which != won && answer.code() == "idempotency_key_reused",
                _ => false,
            };
            assert!(expected, "{path}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_key_is_free_again_after_a_request_that_was_refused() {
    let mut world = World::new().await;
    for Post { path, bodies } in posts(&mut world).await {
        let refused = world.post(&path, &json!({ "unknown": 1 }), Some("the-key")).await;
        assert_eq!(refused.status.as_u16(), 422, "{path}");
        assert!(is_first(&world.post(&path, &bodies[0], Some("the-key")).await), "{path}");
    }
}

#[tokio::test]
async fn one_key_names_a_request_of_each_route_and_tenant() {
    let mut world = World::new().await;
    for Post { path, bodies } in posts(&mut world).await {
        assert!(is_first(&world.post(&path, &bodies[0], Some("the-key")).await), "{path}");
    }
    world.key = world.add_tenant("other").await;
    for Post { path, bodies } in posts(&mut world).await {
        assert!(is_first(&world.post(&path, &bodies[1], Some("the-key")).await), "{path}");
    }
}

/// Posts with `fault` injected into the call with this number, then again until it is done; returns whether there was one.
async fn post_with(fault: InjectedFault, number: u64, which: usize) -> bool {
    let mut world = World::new().await;
    let Post { path, bodies } = posts(&mut world).await.remove(which);
    let last = world.inject(fault.clone(), number);
    let mut answer = world.post(&path, &bodies[0], Some("the-key")).await;
    for _ in 0..10 {
        if is_done(&answer) {
            break;
        }
        assert!(answer.status.is_server_error() || answer.code() == "request_in_progress", "{answer:?}");
        world.clock.advance(Duration::from_secs(40));
        answer = world.post(&path, &bodies[0], Some("the-key")).await;
    }
    assert!(is_done(&answer), "{path}, call {number}, {fault:?}: {answer:?}");
    let was_injected = world.injector.calls() >= last;
    world.injector.clear();
    // Where the answer could not be recorded, the request is held until its lease ends.
    world.clock.advance(Duration::from_secs(40));
    let effects = world.effects().await;
    let again = world.post(&path, &bodies[0], Some("the-key")).await;
    assert_eq!((again.status, &again.json["id"]), (answer.status, &answer.json["id"]));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(world.effects().await, effects, "{path}, call {number}, {fault:?}");
    assert_eq!(world.post(&path, &bodies[1], Some("the-key")).await.code(), "idempotency_key_reused");
    was_injected
}

#[tokio::test]
async fn whatever_call_fails_the_effect_is_there_once() {
    let faults = [
        InjectedFault::Refused,
        InjectedFault::RefusedAfter,
        InjectedFault::AnswerLost,
        InjectedFault::Dies,
        InjectedFault::DiesAfter,
    ];
    for which in 0..6 {
        for fault in faults.clone() {
            let mut number = 1;
            while post_with(fault.clone(), number, which).await {
                number += 1;
            }
            assert!(number > 1, "a post makes a call");
        }
    }
}

#[tokio::test]
async fn a_replay_shows_the_thing_as_it_is_by_then() {
    let mut world = World::new().await;
    let bytes = pictures::small();
    let body = announcement(&bytes, &["thumb"]);
    let first = world.post("/v1/uploads", &body, Some("the-key")).await;
    assert_eq!(world.put(&first.created(), &bytes).await, StatusCode::OK);
    world.settle().await;
    let again = world.post("/v1/uploads", &body, Some("the-key")).await;
    assert_eq!((again.status, &again.json["state"]), (StatusCode::CREATED, &json!("ready")));
    assert!(again.json.get("request").is_none(), "the bytes are there");

    let path = world.key_path().await;
    let rotate = format!("{path}/rotate");
    assert!(is_first(&world.post(&rotate, &json!({}), Some("the-key")).await));
    let authorization = format!("Bearer {}", world.key);
    let revoked = world.send(http::Method::DELETE, &path, &[("authorization", &authorization)], "").await;
    assert_eq!(revoked.status, StatusCode::NO_CONTENT);
    let again = world.post(&rotate, &json!({}), Some("the-key")).await;
    assert_eq!((again.status, &again.json["state"]), (StatusCode::CREATED, &json!("revoked")));
}

#[tokio::test]
async fn a_replay_takes_no_more_than_the_first_request_did() {
    let world = World::new().await;
    let path = format!("{}/rotate", world.key_path().await);
    let authorization = format!("Bearer {}", world.key);
    let rotate = async |tag: &str| {
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", "the-key"),
            ("if-match", tag),
        ];
        world.send(http::Method::POST, &path, &headers, "{}").await
    };
    assert_eq!(rotate("*").await.status, StatusCode::CREATED);
    assert_eq!(rotate("*").await.headers["idempotency-replayed"], "true");
    assert_eq!(rotate(&"x".repeat(1025)).await.code(), "malformed");
}
