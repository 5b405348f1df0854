//! Nothing secret is in a log, whatever its level and whatever goes wrong.

use http::Method;
use local::connector::InjectedFault;
use local::sqs::NewMessage;
use serde_json::Value;
use shared::api_key::Credential;
use tracing::level_filters::LevelFilter;

use super::Captured;
use crate::pictures;
use crate::world::{MEDIA_QUEUE, World, announcement};

const IDEMPOTENCY_KEY: &str = "a-key-that-only-its-client-knows";
const FILENAME: &str = "scan-of-my-passport.png";

/// The values of a signed URL that let whoever reads them in.
fn signatures(url: &str) -> Vec<String> {
    let pairs = url.split(['?', '&']).filter_map(|pair| pair.split_once('='));
    let secret = pairs
        .filter(|(name, _)| ["X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Credential"].contains(name));
    let secret: Vec<String> = secret.map(|(_, value)| value.to_owned()).collect();
    assert!(secret.len() >= 2, "{url}");
    secret
}

/// Announces a picture under a name and a key that are nobody's business, sends it, and answers what must stay secret.
async fn upload(world: &World, number: usize) -> Vec<String> {
    let authorization = format!("Bearer {}", world.key);
    let key = format!("{IDEMPOTENCY_KEY}-{number}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
        ("idempotency-key", key.as_str()),
    ];
    let mut body = announcement(&pictures::small(), &["thumb", "large"]);
    body["filename"] = Value::from(FILENAME);
    let answer = world.send(Method::POST, "/v1/uploads", &headers, body.to_string()).await;
    if answer.status.is_server_error() {
        return Vec::new();
    }
    let created = answer.created();
    world.put(&created, &pictures::small()).await;
    signatures(created.request["url"].as_str().expect("a URL"))
}

#[tokio::test]
async fn nothing_secret_is_logged_at_any_level_whatever_fails() {
    let faults = [
        InjectedFault::None,
        InjectedFault::Refused,
        InjectedFault::RefusedAfter,
        InjectedFault::AnswerLost,
        InjectedFault::Panics,
    ];
    let mut world = World::logging_all().await;
    let captured = Captured::at(LevelFilter::TRACE, &world.clock);
    let words = [IDEMPOTENCY_KEY, FILENAME, "X-Amz-Signature", "X-Amz-Security-Token", "authorization"];
    let mut secrets = words.map(str::to_owned).to_vec();
    for (number, fault) in faults.into_iter().enumerate() {
        let mut calls = 0;
        // Every third call, so that each kind of call is met.
        world.injector.set(move |_| {
            calls += 1;
            if calls % 3 == 0 && calls < 60 { fault.clone() } else { InjectedFault::None }
        });
        secrets.extend(upload(&world, number).await);
        world.deliver_all().await;
    }
    world.injector.clear();
    world.aws.sqs.send(MEDIA_QUEUE, NewMessage::with_body("{\"tenant\":1}")).expect("the emulation works");
    world.settle().await;
    let listed = world.get("/v1/uploads?limit=100").await.json["data"].clone();
    let ready = listed.as_array().into_iter().flatten().find(|upload| upload["state"] == "ready");
    let shown = world.shown(ready.expect("an upload that is ready")["id"].as_str().expect("an id")).await;
    secrets.extend(signatures(shown["derivatives"][0]["url"].as_str().expect("a URL")));
    secrets.extend(keys_of(&world));
    world.get_as("mk_acme_not-a-key-but-somebody-may-think-so", "/v1/uploads").await;
    secrets.push("somebody-may-think-so".to_owned());

    let text = captured.text();
    assert!(text.lines().count() > 20, "something was logged: {text}");
    let leaked: Vec<_> = secrets.iter().filter(|secret| text.contains(secret.as_str())).collect();
    assert!(leaked.is_empty(), "{leaked:?} in:\n{text}");
}

/// The key that lets the test in, what the table keeps in its place, and what signs cursors.
fn keys_of(world: &World) -> Vec<String> {
    let key = Credential::parse(&world.key).expect("a key");
    let secret = world.key.rsplit('_').next().unwrap_or_default().to_owned();
    let signing = world.aws.ssm.value("/millrace/cursor-signing").expect("the store answers");
    vec![key.hash(), secret, signing.expect("listing made a secret that signs cursors")]
}
