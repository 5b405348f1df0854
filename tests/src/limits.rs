//! Rate limits as a client of the API meets them.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::json;

use crate::pictures;
use crate::world::{Answer, World, announcement};

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn remaining(answer: &Answer) -> u32 {
    let (_, rest) = header(answer, "ratelimit").split_once("r=").expect("what is left");
    rest.split(';').next().and_then(|left| left.parse().ok()).expect("a number")
}

#[tokio::test]
async fn every_answer_tells_what_is_left_and_a_costly_route_takes_more() {
    let world = World::new().await;
    let first = world.get("/v1/jobs/x").await;
    assert_eq!(header(&first, "ratelimit-policy"), "\"tenant\";q=1000;w=10");
    let second = world.get("/v1/jobs/x").await;
    assert_eq!(remaining(&first) - remaining(&second), 1);
    let listing = world.get("/v1/uploads").await;
    assert_eq!(remaining(&second) - remaining(&listing), 5);
}

#[tokio::test]
async fn a_tenant_that_asks_too_often_is_told_when_to_ask_again_and_no_other_is() {
    let world = World::new().await.without_latency();
    let other = world.add_tenant("other").await;
    let mut answered = 0;
    let refused = loop {
        let answer = world.get("/v1/uploads").await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        answered += 1;
    };
    assert!((190..=200).contains(&answered), "{answered} listings of 5 tokens out of 1,000");
    assert_eq!((refused.status.as_u16(), refused.code()), (429, "rate_limited"));
    let wait: u64 = header(&refused, "retry-after").parse().expect("seconds");
    assert!((1..=10).contains(&wait), "{wait}");
    assert!(header(&refused, "ratelimit").starts_with("\"tenant\";r="), "{refused:?}");
    assert_eq!(world.get_as(&other, "/v1/uploads").await.status, StatusCode::OK);
    world.clock.advance(Duration::from_secs(wait));
    assert_eq!(world.get("/v1/uploads").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_key_with_a_limit_of_its_own_leaves_the_rest_to_its_tenant() {
    let world = World::new().await;
    let limit = json!({ "capacity": 10, "per_second": 1 });
    let body = json!({ "name": "slow", "scopes": ["jobs:read"], "rate_limit": limit });
    let made = world.post("/v1/api-keys", &body, None).await;
    assert_eq!(made.json["rate_limit"], limit);
    let slow = made.json["secret"].as_str().expect("a secret").to_owned();
    let mut answered = 0;
    let refused = loop {
        let answer = world.get_as(&slow, "/v1/jobs/x").await;
        if answer.status != StatusCode::NOT_FOUND {
            break answer;
        }
        answered += 1;
    };
    assert_eq!((answered, refused.code()), (10, "rate_limited"));
    let policy = header(&refused, "ratelimit-policy");
    assert_eq!(policy, "\"api-key\";q=10;w=10, \"tenant\";q=1000;w=10");
    assert_eq!(world.get("/v1/jobs/x").await.status, StatusCode::NOT_FOUND);

    for (field, value) in [("capacity", 0), ("per_second", 100_001)] {
        let mut wrong = body.clone();
        wrong["rate_limit"][field] = json!(value);
        let answer = world.post("/v1/api-keys", &wrong, None).await;
        assert_eq!(answer.json["errors"][0]["pointer"], "/rate_limit", "{answer:?}");
        assert!(answer.json["errors"][0]["detail"].as_str().unwrap().contains(field));
    }
}

#[tokio::test]
async fn whoever_guesses_keys_is_held_up_and_costs_a_read_a_guess() {
    let world = World::new().await;
    let mut guesses = 0;
    let wrong = |number: u32| format!("Bearer mk_acme_{number:052}");
    while world.send(Method::GET, "/v1/uploads", &[("authorization", &wrong(guesses))], "").await.status
        != 429
    {
        guesses += 1;
        assert!(guesses <= 110, "a stranger may guess for ever");
    }
    world.aws.meter.reset();
    for number in 0..50 {
        let answer =
            world.send(Method::GET, "/v1/uploads", &[("authorization", &wrong(1000 + number))], "").await;
        assert_eq!((answer.status.as_u16(), answer.code()), (429, "rate_limited"));
        assert_eq!(header(&answer, "ratelimit-policy"), "\"address\";q=100;w=10");
    }
    // To tell a good key from a guess, which no neighbour's guesses may keep out, each has to be looked for.
    assert!(world.aws.meter.write_units() == 0.0, "{:?}", world.aws.meter.costs());
    assert_eq!(world.send(Method::GET, "/healthz", &[], "").await.status, StatusCode::OK);
    assert_eq!(world.send(Method::GET, "/docs", &[], "").await.status, 429);
}

/// A token would be a write, which costs more than the whole request does.
#[tokio::test]
async fn what_ends_before_its_route_is_known_makes_no_call_and_is_bounded_by_the_stage() {
    let burst = 30;
    let parameters = [("ApiRequestsPerSecond", "1"), ("ApiRequestsBurst", "30")];
    let world = World::with_parameters(&parameters).await;
    let long = format!("/v1/uploads/{}", "x".repeat(3000));
    let large = "x".repeat(100 * 1024);
    let json = [("content-type", "application/json")];
    let not_json = [("accept", "text/html")];
    let requests = [
        (Method::GET, "/v1/nowhere", &[][..], "", 404),
        (Method::PATCH, "/v1/uploads", &[], "", 405),
        (Method::GET, "/v1/uploads", &not_json, "", 406),
        (Method::POST, "/v1/uploads", &json, large.as_str(), 413),
        (Method::GET, long.as_str(), &[], "", 414),
        (Method::OPTIONS, "/v1/uploads", &[], "", 204),
    ];
    let calls = world.injector.calls();
    for _ in 0..burst / requests.len() {
        for (method, path, headers, body, status) in &requests {
            let answer = world.send(method.clone(), path, headers, (*body).to_owned()).await;
            assert_eq!(answer.status.as_u16(), *status, "{method} {path}: {answer:?}");
        }
    }
    assert_eq!(world.injector.calls(), calls);
    for (method, path, headers, body, _) in &requests {
        let answer = world.send(method.clone(), path, headers, (*body).to_owned()).await;
        assert_eq!(answer.status.as_u16(), 429, "{method} {path}");
    }
    assert_eq!(world.injector.calls(), calls);
}

#[tokio::test]
async fn a_dear_recipe_takes_its_tokens_before_anything_is_made() {
    let mut body = announcement(&pictures::small(), &["thumb"]);
    body["size_bytes"] = json!(60 << 20);
    let avif = json!({ "steps": [{ "name": "large", "image": { "format": "avif" } }] });
    for recipe in [avif.clone(), json!("dear")] {
        let world = World::new().await;
        world.put_json("/v1/recipes/dear", &avif, None).await;
        body["recipe"] = recipe;
        let mut made = 0;
        let refused = loop {
            let answer = world.post("/v1/uploads", &body, None).await;
            if answer.status != StatusCode::CREATED {
                break answer;
            }
            made += 1;
        };
        assert!((3..=6).contains(&made), "{made} uploads of 165 tokens out of 1,000");
        assert_eq!((refused.status.as_u16(), refused.code()), (429, "rate_limited"));
        assert_eq!(world.rows().uploads.len(), made);
        let wait: u64 = header(&refused, "retry-after").parse().expect("seconds");
        assert!((1..=10).contains(&wait), "{wait}");
        world.clock.advance(Duration::from_secs(wait + 1));
        assert_eq!(world.post("/v1/uploads", &body, None).await.status, StatusCode::CREATED);
    }
}
