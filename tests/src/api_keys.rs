//! API keys: made, shown once, limited to their scopes, rotated with an overlap, revoked.

mod races;

use std::collections::BTreeSet;
use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::api_key::KEYS_MAX;
use shared::operations::api_keys::authenticate;

use crate::world::{Answer, World};

/// How long a key that was read may be believed.
const LAG: Duration = Duration::from_secs(60);

impl World {
    /// Makes a key with these scopes.
    async fn make_key(&self, scopes: &[&str]) -> Answer {
        let body = json!({ "name": "a key", "scopes": scopes });
        let answer = self.post("/v1/api-keys", &body, None).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer
    }

    async fn status_with(&self, secret: &str, path: &str) -> u16 {
        self.send(Method::GET, path, &[("authorization", &format!("Bearer {secret}"))], "")
            .await
            .status
            .as_u16()
    }
}

fn secret_of(answer: &Answer) -> String {
    answer.json["secret"].as_str().expect("a secret").to_owned()
}

fn path_of(answer: &Answer) -> String {
    answer.headers["location"].to_str().expect("a path").to_owned()
}

#[tokio::test]
async fn a_secret_is_shown_once_and_works() {
    let world = World::new().await;
    world.clock.advance(Duration::from_secs(1));
    let made = world.make_key(&["uploads:read"]).await;
    let secret = secret_of(&made);
    assert!(secret.starts_with("mk_acme_"), "{secret}");
    assert_eq!(world.status_with(&secret, "/v1/uploads").await, 200);
    assert_eq!(made.headers["cache-control"], "no-store");

    let shown = world.get(&path_of(&made)).await;
    assert_eq!(shown.json["id"], made.json["id"]);
    assert_eq!(shown.json["state"], "active");
    assert!(!shown.json.to_string().contains(&secret) && shown.json.get("secret").is_none());
    let listed = world.get("/v1/api-keys").await;
    assert_eq!(listed.json["data"].as_array().unwrap().len(), 2);
    assert_eq!(listed.json["data"][0]["name"], "a key", "the newest comes first");
    assert!(!listed.json.to_string().contains("hash"));
}

#[tokio::test]
async fn a_key_may_do_what_its_scopes_say_and_nothing_else() {
    let world = World::new().await;
    let reads = secret_of(&world.make_key(&["jobs:read"]).await);
    assert_eq!(world.status_with(&reads, "/v1/jobs/job_00000000000000000000000000").await, 404);
    let authorization = format!("Bearer {reads}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    for (method, path) in
        [(Method::GET, "/v1/uploads"), (Method::POST, "/v1/uploads"), (Method::DELETE, "/v1/api-keys/x")]
    {
        let answer = world.send(method, path, &headers, "{}").await;
        assert_eq!((answer.status.as_u16(), answer.code()), (403, "forbidden"), "{path}");
        assert!(
            answer.headers["x-amzn-remapped-www-authenticate"]
                .to_str()
                .unwrap()
                .contains("insufficient_scope")
        );
    }
}

#[tokio::test]
async fn no_key_gives_what_it_may_not_do_itself() {
    let world = World::new().await;
    let limited = secret_of(&world.make_key(&["api-keys:write", "jobs:read"]).await);
    let authorization = format!("Bearer {limited}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let more = json!({ "name": "more", "scopes": ["jobs:read", "uploads:write"] }).to_string();
    let refused = world.send(Method::POST, "/v1/api-keys", &headers, more).await;
    assert_eq!(
        (refused.status.as_u16(), refused.json["errors"][0]["pointer"].as_str()),
        (422, Some("/scopes/1"))
    );

    let stronger = world.make_key(&["uploads:write"]).await;
    let path = format!("{}/rotate", path_of(&stronger));
    let refused = world.send(Method::POST, &path, &headers, "{}").await;
    assert_eq!(refused.code(), "forbidden", "a new secret of a stronger key would be a way around");
}

#[tokio::test]
async fn after_a_rotation_both_secrets_work_until_the_overlap_is_over() {
    let world = World::new().await;
    let made = world.make_key(&["uploads:read"]).await;
    let path = format!("{}/rotate", path_of(&made));
    assert_eq!(world.status_with(&secret_of(&made), "/v1/uploads").await, 200);
    world.clock.advance(Duration::from_secs(5));
    let rotated = world.post(&path, &json!({ "overlap_seconds": 600 }), None).await;
    assert_eq!(rotated.status, StatusCode::CREATED, "{rotated:?}");
    assert_eq!(rotated.json["id"], made.json["id"]);
    for secret in [secret_of(&made), secret_of(&rotated)] {
        assert_eq!(world.status_with(&secret, "/v1/uploads").await, 200);
    }
    world.clock.advance(Duration::from_secs(601));
    assert_eq!(world.status_with(&secret_of(&made), "/v1/uploads").await, 401);
    assert_eq!(world.status_with(&secret_of(&rotated), "/v1/uploads").await, 200);
}

#[tokio::test]
async fn a_rotation_is_carried_out_once_under_its_key() {
    let world = World::new().await;
    let made = world.make_key(&["uploads:read"]).await;
    let path = format!("{}/rotate", path_of(&made));
    let first = world.post(&path, &json!({}), Some("rotate-1")).await;
    let again = world.post(&path, &json!({}), Some("rotate-1")).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.headers["location"], first.headers["location"]);
    assert!(again.json.get("secret").is_none() && again.json["id"] == first.json["id"]);
    assert_eq!(world.status_with(&secret_of(&first), "/v1/uploads").await, 200);
    let other = world.post(&path, &json!({ "overlap_seconds": 1 }), Some("rotate-1")).await;
    assert_eq!(other.code(), "idempotency_key_reused");
}

#[tokio::test]
async fn a_revoked_key_works_a_minute_longer_at_most_and_is_shown_as_revoked() {
    let world = World::new().await;
    let made = world.make_key(&["uploads:read"]).await;
    let (path, secret) = (path_of(&made), secret_of(&made));
    assert_eq!(world.status_with(&secret, "/v1/uploads").await, 200);
    let authorization = format!("Bearer {}", world.key);
    for _ in 0..2 {
        let answer = world.send(Method::DELETE, &path, &[("authorization", &authorization)], "").await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{answer:?}");
    }
    world.clock.advance(LAG);
    assert_eq!(world.status_with(&secret, "/v1/uploads").await, 401);
    assert_eq!(world.get(&path).await.json["state"], "revoked");
    let rotated = world.post(&format!("{path}/rotate"), &json!({}), None).await;
    assert_eq!(rotated.code(), "not_found");
}

#[tokio::test]
async fn a_key_that_expires_ends_to_the_millisecond() {
    let world = World::new().await.without_latency();
    let body = json!({ "name": "for a day", "scopes": ["uploads:read"], "expires_in_days": 1 });
    let secret = secret_of(&world.post("/v1/api-keys", &body, None).await);
    world.clock.advance(Duration::from_secs(24 * 60 * 60) - Duration::from_millis(1));
    assert_eq!(world.status_with(&secret, "/v1/uploads").await, 200);
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(world.status_with(&secret, "/v1/uploads").await, 401);
}

#[tokio::test]
async fn a_key_is_changed_only_as_it_was_seen() {
    let world = World::new().await;
    let made = world.make_key(&["uploads:read"]).await;
    let path = path_of(&made);
    let tag = world.get(&path).await.headers["etag"].to_str().unwrap().to_owned();
    let authorization = format!("Bearer {}", world.key);
    assert_eq!(world.post(&format!("{path}/rotate"), &json!({}), None).await.status, StatusCode::CREATED);
    let headers = [("authorization", authorization.as_str()), ("if-match", &tag)];
    let refused = world.send(Method::DELETE, &path, &headers, "").await;
    assert_eq!((refused.status.as_u16(), refused.code()), (412, "precondition_failed"));
    assert_eq!(world.get(&path).await.json["state"], "active");

    let tag = world.get(&path).await.headers["etag"].to_str().unwrap().to_owned();
    let headers = [("authorization", authorization.as_str()), ("if-match", &tag)];
    assert_eq!(world.send(Method::DELETE, &path, &headers, "").await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn the_day_of_use_is_written_once_a_day() {
    let world = World::new().await;
    let made = world.make_key(&["uploads:read"]).await;
    let (path, secret) = (path_of(&made), secret_of(&made));
    assert_eq!(world.get(&path).await.json["last_used_on"], Value::Null);
    let mut days = BTreeSet::new();
    world.aws.meter.reset();
    for _ in 0..3 {
        assert_eq!(world.status_with(&secret, "/v1/uploads").await, 200);
        days.insert(world.get(&path).await.json["last_used_on"].as_str().unwrap().to_owned());
        world.clock.advance(2 * LAG);
    }
    assert_eq!(days.len(), 1);
    world.clock.advance(Duration::from_secs(24 * 60 * 60));
    assert_eq!(world.status_with(&secret, "/v1/uploads").await, 200);
    days.insert(world.get(&path).await.json["last_used_on"].as_str().unwrap().to_owned());
    assert_eq!(days.len(), 2);
}

#[tokio::test]
async fn a_tenant_has_a_bounded_number_of_keys() {
    let world = World::new().await;
    let body = json!({ "name": "one of many", "scopes": ["uploads:read"] });
    for _ in 1..KEYS_MAX {
        world.clock.advance(Duration::from_secs(1));
        assert_eq!(world.post("/v1/api-keys", &body, None).await.status, StatusCode::CREATED);
    }
    let refused = world.post("/v1/api-keys", &body, None).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, "limit_reached"));
    let mut seen = BTreeSet::new();
    let mut path = "/v1/api-keys?limit=30".to_owned();
    loop {
        let page = world.get(&path).await;
        let keys = page.json["data"].as_array().expect("keys");
        seen.extend(keys.iter().map(|key| key["id"].as_str().expect("an id").to_owned()));
        let Some(cursor) = page.json["next_cursor"].as_str() else { break };
        path = format!("/v1/api-keys?limit=30&cursor={cursor}");
    }
    assert_eq!(seen.len(), KEYS_MAX);
}

#[tokio::test]
async fn a_new_secret_works_at_once_in_a_process_that_has_just_read_the_key() {
    let world = World::new().await;
    let made = world.make_key(&["uploads:read"]).await;
    let processes = [1, 2, 3].map(|seed| world.environment("api", seed));
    let mut secret = secret_of(&made);
    for _ in 0..3 {
        for app in &processes {
            let known = authenticate(app, Some(&format!("Bearer {secret}"))).await;
            assert!(known.is_ok(), "{known:?}");
        }
        let rotated = world.post(&format!("{}/rotate", path_of(&made)), &json!({}), None).await;
        secret = secret_of(&rotated);
    }
    for app in &processes {
        assert!(authenticate(app, Some(&format!("Bearer {secret}"))).await.is_ok());
    }
}

#[tokio::test]
async fn whoever_guesses_at_a_key_costs_a_read_a_second() {
    let world = World::new().await;
    let process = world.environment("api", 1);
    let (kept, _) = world.key.split_at(world.key.len() - 1);
    let guess = format!("Bearer {kept}{}", if world.key.ends_with('0') { "1" } else { "0" });
    let calls = world.injector.calls();
    for _ in 0..50 {
        assert!(authenticate(&process, Some(&guess)).await.is_err());
    }
    assert_eq!(world.injector.calls(), calls + 1);
    let right = format!("Bearer {}", world.key);
    assert!(authenticate(&process, Some(&right)).await.is_ok(), "the right secret is not refused with it");
}

#[tokio::test]
async fn a_good_key_is_good_whoever_else_guesses_from_its_address() {
    let world = World::new().await;
    let secret = secret_of(&world.make_key(&["uploads:read"]).await);
    let mut last = 0;
    for _ in 0..150 {
        last = world.status_with("mk_acme_0000", "/v1/uploads").await;
    }
    assert_eq!(last, 429, "the address has no tokens left");
    assert_eq!(world.status_with(&secret, "/v1/uploads").await, 200);
}

#[tokio::test]
async fn a_key_makes_none_that_outlives_or_outruns_it() {
    let world = World::new().await;
    let body = json!({
        "name": "for two days", "scopes": ["api-keys:write", "api-keys:read"], "expires_in_days": 2,
        "rate_limit": { "capacity": 100, "per_second": 1 },
    });
    let limited = secret_of(&world.post("/v1/api-keys", &body, None).await);
    let authorization = format!("Bearer {limited}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let make = async |mut more: Value| {
        (more["name"], more["scopes"]) = (json!("made"), json!(["api-keys:read"]));
        world.send(Method::POST, "/v1/api-keys", &headers, more.to_string()).await
    };
    for (more, pointer) in [
        (json!({ "expires_in_days": 3 }), "/expires_in_days"),
        (json!({ "rate_limit": { "capacity": 101, "per_second": 1 } }), "/rate_limit"),
        (json!({ "rate_limit": { "capacity": 1, "per_second": 2 } }), "/rate_limit"),
    ] {
        let refused = make(more).await;
        assert_eq!((refused.code(), &refused.json["errors"][0]["pointer"]), ("invalid", &json!(pointer)));
    }
    let made = make(json!({})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let shown = world.get(&path_of(&made)).await.json;
    assert_eq!(shown["rate_limit"], json!({ "capacity": 100, "per_second": 1 }));
    assert_eq!(world.status_with(&secret_of(&made), "/v1/api-keys").await, 200);
    world.clock.advance(Duration::from_secs(2 * 24 * 60 * 60));
    assert_eq!(world.status_with(&secret_of(&made), "/v1/api-keys").await, 401);
}

#[tokio::test]
async fn a_key_gives_no_new_secret_to_one_that_outlives_it_and_ends_none_that_may_do_more() {
    let world = World::new().await;
    let body = json!({ "name": "a day", "scopes": ["api-keys:write", "uploads:read"], "expires_in_days": 1 });
    let limited = secret_of(&world.post("/v1/api-keys", &body, None).await);
    let authorization = format!("Bearer {limited}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let endless = world.make_key(&["uploads:read"]).await;
    let refused = world.send(Method::POST, &format!("{}/rotate", path_of(&endless)), &headers, "{}").await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, "forbidden"));
    let stronger = world.make_key(&["uploads:write"]).await;
    let refused = world.send(Method::DELETE, &path_of(&stronger), &headers[..1], "").await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, "forbidden"));
    assert_eq!(world.get(&path_of(&stronger)).await.json["state"], "active");
    let ended = world.send(Method::DELETE, &path_of(&endless), &headers[..1], "").await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
}
