//! The credentials of functions are good for one session: nothing works without its token, nor after its end.

use std::time::Duration;

use http::StatusCode;

use crate::pictures;
use crate::world::World;

const HOUR: Duration = Duration::from_secs(60 * 60);
const KEY_LIFE: Duration = Duration::from_secs(12 * 60 * 60);

#[tokio::test]
async fn a_url_ends_with_the_session_of_its_signer_and_one_that_says_otherwise_is_noticed() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &[]).await;
    world.settle().await;
    let api = world.environment("api", 1);
    world.clock.advance(KEY_LIFE - HOUR / 2);
    let key = format!("uploads/acme/{id}");
    let url = api.bucket.sign_get(&key, world.clock.now(), HOUR).await.expect("it is signed");
    assert!(world.aws.promises_too_much(&url.parse().expect("a URL")));
    assert_eq!(world.download(&url).await.0, StatusCode::OK);
    assert_eq!(world.aws.meter.refusals().len(), 1, "{:?}", world.aws.meter.refusals());

    let short = api.bucket.sign_get(&key, world.clock.now(), HOUR / 4).await.expect("it is signed");
    assert!(!world.aws.promises_too_much(&short.parse().expect("a URL")));
    world.clock.advance(HOUR / 2);
    let (status, body) = world.download(&url).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(String::from_utf8_lossy(&body).contains("<Code>ExpiredToken</Code>"));
}

#[tokio::test]
async fn a_url_without_the_token_of_its_session_opens_nothing() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &[]).await;
    world.settle().await;
    let url =
        world.get(&format!("/v1/uploads/{id}/url")).await.json["url"].as_str().expect("a URL").to_owned();
    assert!(url.len() > 1200, "the token is in it: {url}");
    let (start, rest) = url.split_once("X-Amz-Security-Token=").expect("the token is in it");
    let rest = rest.split_once('&').map_or("", |(_, rest)| rest);
    assert_eq!(world.download(&format!("{start}{rest}")).await.0, StatusCode::FORBIDDEN);
    assert_eq!(world.download(&url).await.0, StatusCode::OK);
}

/// Asserted of every URL that the API shows (`World::send`): here after any time.
#[tokio::test]
async fn the_api_never_promises_more_than_its_session_has() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world.settle().await;
    for _ in 0..30 {
        world.clock.advance(HOUR - Duration::from_secs(60));
        let url =
            world.get(&format!("/v1/uploads/{id}/url")).await.json["url"].as_str().expect("a URL").to_owned();
        assert_eq!(world.download(&url).await.0, StatusCode::OK);
        assert_eq!(world.announce(&pictures::small(), &[]).await.request["method"], "PUT");
    }
    assert_eq!(world.aws.meter.refusals(), [""; 0]);
}
