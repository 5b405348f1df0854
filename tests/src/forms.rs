//! Uploads sent by a plain HTML form, under a signed policy.

mod sent_again;

use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::pictures;
use crate::world::{World, announcement};

const BOUNDARY: &str = "----a-boundary";

/// Sends the form as a browser does: its fields, and last the file.
async fn submit(world: &World, request: &Value, file: &[u8]) -> (StatusCode, String) {
    let mut body = Vec::new();
    for (name, value) in request["fields"].as_object().expect("fields") {
        let value = value.as_str().expect("a text");
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend_from_slice(format!("{head}{value}\r\n").as_bytes());
    }
    let head = "Content-Disposition: form-data; name=\"file\"; filename=\"my picture.png\"";
    body.extend_from_slice(format!("--{BOUNDARY}\r\n{head}\r\nContent-Type: image/png\r\n\r\n").as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    let uri: http::Uri = request["url"].as_str().expect("a URL").parse().expect("a URL");
    let host = uri.host().unwrap_or_default().to_owned();
    let form = http::Request::builder()
        .method(Method::POST)
        .uri(uri)
        .header("host", host)
        .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
        .header("content-length", body.len())
        .body(Bytes::from(body));
    let answer = world.aws.call(form.expect("a request")).await;
    (answer.status(), String::from_utf8_lossy(answer.body()).into_owned())
}

async fn announced(world: &World, bytes: &[u8], sha256: Option<&[u8]>) -> (String, Value) {
    let mut body = announcement(bytes, &["thumb"]);
    body["method"] = json!("post");
    if let Some(of) = sha256 {
        let digits: String = Sha256::digest(of).iter().map(|byte| format!("{byte:02x}")).collect();
        body["sha256"] = json!(digits);
    }
    let created = world.post("/v1/uploads", &body, Some("a form")).await.created();
    assert_eq!(created.request["method"], "POST");
    assert!(created.request.get("headers").is_none());
    (created.id, created.request)
}

#[tokio::test]
async fn a_form_sends_what_was_announced() {
    for sha256 in [false, true] {
        let mut world = World::new().await;
        let bytes = pictures::small();
        let (id, request) = announced(&world, &bytes, sha256.then_some(&bytes)).await;
        let (status, body) = submit(&world, &request, &bytes).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
        world.settle().await;
        assert_eq!(world.state_of(&id).await, "ready");
        world.assert_at_rest().await;
    }
}

#[tokio::test]
async fn a_form_sends_nothing_else() {
    let mut world = World::new().await;
    let bytes = pictures::small();
    let (id, request) = announced(&world, &bytes, Some(&bytes)).await;
    let mut other_bytes = bytes.clone();
    *other_bytes.last_mut().expect("a byte") ^= 1;
    let longer = [&bytes[..], b"x"].concat();
    for (file, code) in
        [(&bytes[1..], "EntityTooSmall"), (&longer[..], "EntityTooLarge"), (&other_bytes[..], "BadDigest")]
    {
        let (status, body) = submit(&world, &request, file).await;
        assert!(status.is_client_error() && body.contains(code), "{status} {body}");
    }
    let with = |field: &str, value: &str| {
        let mut other = request.clone();
        other["fields"][field] = json!(value);
        other
    };
    let without = |field: &str| {
        let mut other = request.clone();
        other["fields"].as_object_mut().expect("fields").remove(field);
        other
    };
    let tampered = [
        with("key", "forms/other/upl_00000000000000000000000000"),
        with("key", &format!("uploads/acme/{id}")),
        with("content-type", "text/html"),
        with("x-amz-signature", &"0".repeat(64)),
        with("x-amz-meta-more", "x"),
        without("x-amz-checksum-sha256"),
        without("content-type"),
        without("policy"),
    ];
    for form in tampered {
        let (status, body) = submit(&world, &form, &bytes).await;
        assert!(status.is_client_error(), "{form}: {status} {body}");
    }
    assert_eq!(world.state_of(&id).await, "pending");
    assert_eq!(submit(&world, &request, &bytes).await.0, StatusCode::NO_CONTENT);
    world.settle().await;
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_form_ends_and_is_signed_anew() {
    let world = World::new().await;
    let bytes = pictures::small();
    let (id, request) = announced(&world, &bytes, None).await;
    world.clock.advance(Duration::from_secs(15 * 60));
    assert_eq!(submit(&world, &request, &bytes).await.0, StatusCode::FORBIDDEN);
    let (again, request) = announced(&world, &bytes, None).await;
    assert_eq!(again, id);
    assert_eq!(submit(&world, &request, &bytes).await.0, StatusCode::NO_CONTENT);
}
