//! Requests to S3 that are not the one that was signed, and objects that came another way.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::pictures::{png, small};
use crate::world::announcement;
use crate::world::{Created, World};

/// Sends bytes to where they were asked for, with other headers, and answers what S3 says.
async fn put(world: &World, url: &str, headers: &Value, bytes: &[u8]) -> (StatusCode, String) {
    let uri: http::Uri = url.parse().expect("a URL");
    let host = uri.host().unwrap_or_default().to_owned();
    let request = http::Request::builder().method(Method::PUT).uri(uri).header("host", host);
    let mut request = request.header("content-length", bytes.len());
    for (name, value) in headers.as_object().into_iter().flatten() {
        request = request.header(name, value.as_str().unwrap_or_default());
    }
    let response = world.aws.call(request.body(Bytes::copy_from_slice(bytes)).expect("a request")).await;
    (response.status(), String::from_utf8_lossy(response.body()).into_owned())
}

async fn assert_refused(world: &World, created: &Created, headers: &Value, bytes: &[u8], code: &str) {
    let (status, body) = put(world, url(created), headers, bytes).await;
    assert!(status.is_client_error(), "{status} {body}");
    assert!(body.contains(&format!("<Code>{code}</Code>")), "{status} {body}");
}

fn url(created: &Created) -> &str {
    created.request["url"].as_str().expect("a URL")
}

/// Asserts that after all the refusals the right bytes are still welcome.
async fn assert_goes_on(mut world: World, created: &Created, bytes: &[u8]) {
    assert_eq!(world.state_of(&created.id).await, "pending");
    assert_eq!(world.put(created, bytes).await, StatusCode::OK);
    world.settle().await;
    assert_eq!(world.state_of(&created.id).await, "ready");
    world.assert_at_rest().await;
}

#[tokio::test]
async fn more_or_fewer_bytes_than_announced_are_refused() {
    let mut world = World::new().await;
    let bytes = small();
    let created = world.announce(&bytes, &["thumb"]).await;
    let headers = created.request["headers"].clone();
    let (more, fewer) = ([&bytes[..], b"x"].concat(), &bytes[1..]);
    assert_refused(&world, &created, &headers, &more, "SignatureDoesNotMatch").await;
    assert_refused(&world, &created, &headers, fewer, "SignatureDoesNotMatch").await;
    assert_refused(&world, &created, &headers, b"", "SignatureDoesNotMatch").await;
    assert_goes_on(world, &created, &bytes).await;
}

#[tokio::test]
async fn another_type_than_announced_is_refused() {
    let mut world = World::new().await;
    let bytes = small();
    let created = world.announce(&bytes, &["thumb"]).await;
    let mut headers = created.request["headers"].clone();
    headers["content-type"] = json!("text/html");
    assert_refused(&world, &created, &headers, &bytes, "SignatureDoesNotMatch").await;
    assert_goes_on(world, &created, &bytes).await;
}

#[tokio::test]
async fn bytes_of_another_checksum_are_refused() {
    let world = World::new().await;
    let bytes = png(24, 16);
    let mut other = bytes.clone();
    *other.last_mut().unwrap() ^= 1;
    let mut body = announcement(&bytes, &["thumb"]);
    let digits: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02X}")).collect();
    body["sha256"] = json!(digits);
    let created = world.post("/v1/uploads", &body, None).await.created();
    let headers = created.request["headers"].clone();
    assert!(headers["x-amz-checksum-sha256"].is_string(), "{headers}");
    assert_refused(&world, &created, &headers, &other, "BadDigest").await;
    let mut undeclared = headers.clone();
    undeclared.as_object_mut().unwrap().remove("x-amz-checksum-sha256");
    let (status, _) = put(&world, url(&created), &undeclared, &other).await;
    assert!(status.is_client_error(), "{status}");
    assert_goes_on(world, &created, &bytes).await;
}

#[tokio::test]
async fn what_has_arrived_is_never_overwritten() {
    let mut world = World::new().await;
    let bytes = small();
    let created = world.announce(&bytes, &["thumb"]).await;
    assert_eq!(world.put(&created, &bytes).await, StatusCode::OK);
    let headers = created.request["headers"].clone();
    let mut other = bytes.clone();
    *other.last_mut().unwrap() ^= 1;
    assert_eq!(put(&world, url(&created), &headers, &other).await.0, StatusCode::PRECONDITION_FAILED);
    let mut unconditional = headers.clone();
    unconditional.as_object_mut().unwrap().remove("if-none-match");
    assert_eq!(put(&world, url(&created), &unconditional, &other).await.0, StatusCode::FORBIDDEN);
    world.settle().await;
    assert_eq!(world.state_of(&created.id).await, "ready");
    assert_eq!(world.put(&created, &bytes).await, StatusCode::PRECONDITION_FAILED);
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_signature_ends_and_is_made_anew() {
    let world = World::new().await;
    let bytes = small();
    let body = announcement(&bytes, &["thumb"]);
    let created = world.post("/v1/uploads", &body, Some("a-key")).await.created();
    world.clock.advance(Duration::from_secs(15 * 60 + 1));
    assert_refused(&world, &created, &created.request["headers"], &bytes, "AccessDenied").await;
    let again = world.post("/v1/uploads", &body, Some("a-key")).await.created();
    assert_eq!(again.id, created.id);
    assert_goes_on(world, &again, &bytes).await;
}

#[tokio::test]
async fn a_tampered_url_is_refused() {
    let mut world = World::new().await;
    let bytes = small();
    let created = world.announce(&bytes, &["thumb"]).await;
    let neighbour = world.announce(&bytes, &["thumb"]).await;
    let url = url(&created);
    let tampered = [
        url.replace(&created.id, &neighbour.id),
        url.replace("/acme/", "/other/"),
        url.replace("/uploads/", "/derived/"),
        url.replace("X-Amz-Expires=900", "X-Amz-Expires=90000"),
        url.replace("X-Amz-Signature=", "X-Amz-Signature=0"),
        url.split('?').next().unwrap().to_owned(),
        format!("{url}&x-amz-acl=public-read"),
    ];
    for tampered in tampered {
        assert_ne!(tampered, *url);
        let (status, body) = put(&world, &tampered, &created.request["headers"], &bytes).await;
        assert!(status.is_client_error() && body.contains("<Code>"), "{tampered}: {status} {body}");
    }
    assert_eq!(world.put(&neighbour, &bytes).await, StatusCode::OK);
    assert_goes_on(world, &created, &bytes).await;
}

#[tokio::test]
async fn an_object_that_came_another_way_is_held_against_the_announcement() {
    for (object, code) in [(Vec::new(), "size_mismatch"), (png(8, 8), "size_mismatch")] {
        let mut world = World::new().await;
        let created = world.announce(&small(), &["thumb"]).await;
        let key = format!("uploads/acme/{}", created.id);
        world.developer.bucket.put_derivative(&key, "image/png", object).await.unwrap();
        world.settle().await;
        let shown = world.shown(&created.id).await;
        assert_eq!((&shown["state"], &shown["rejection"]["code"]), (&json!("rejected"), &json!(code)));
        world.assert_at_rest().await;
    }
}

#[tokio::test]
async fn an_object_without_its_announced_checksum_is_rejected() {
    let mut world = World::new().await;
    let bytes = small();
    let mut body = announcement(&bytes, &["thumb"]);
    body["sha256"] = json!("0".repeat(64));
    let created = world.post("/v1/uploads", &body, None).await.created();
    let key = format!("uploads/acme/{}", created.id);
    world.developer.bucket.put_derivative(&key, "image/png", bytes).await.unwrap();
    world.settle().await;
    assert_eq!(world.shown(&created.id).await["rejection"]["code"], json!("checksum_mismatch"));
    world.assert_at_rest().await;
}
