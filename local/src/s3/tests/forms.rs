use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::*;

const BOUNDARY: &str = "----boundary";

/// A form as a browser sends it, whose policy allows keys under `in/`, text and up to ten bytes until `end`.
fn form(end: &str, file_name: &str, file: &str) -> Request {
    let credential = format!("{ACCESS_KEY}/21000101/us-east-1/s3/aws4_request");
    let date = "21000101T000000Z";
    let policy = serde_json::json!({ "expiration": end, "conditions": [
        { "bucket": BUCKET },
        ["starts-with", "$key", "in/"],
        { "content-type": "text/plain" },
        ["content-length-range", 1, 10],
        { "x-amz-algorithm": "AWS4-HMAC-SHA256" },
        { "x-amz-credential": credential },
        { "x-amz-date": date },
    ]});
    let policy = BASE64.encode(policy.to_string());
    let signature = signature(&policy);
    let mut body = String::new();
    for (name, value) in [
        ("key", "in/${filename}"),
        ("content-type", "text/plain"),
        ("policy", &policy),
        ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
        ("x-amz-credential", &credential),
        ("x-amz-date", date),
        ("x-amz-signature", &signature),
    ] {
        body +=
            &format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    body += &format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\n\
         Content-Type: text/plain\r\n\r\n{file}\r\n--{BOUNDARY}--\r\n"
    );
    ::http::Request::builder()
        .method("POST")
        .uri("/uploads")
        .header("host", "localhost")
        .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
        .header("content-length", body.len())
        .body(body.into())
        .unwrap()
}

fn signature(policy: &str) -> String {
    let sign = |key: &[u8], text: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    };
    let scope = ["21000101", "us-east-1", "s3", "aws4_request"];
    let key = scope.iter().fold(format!("AWS4{SECRET_KEY}").into_bytes(), |key, name| sign(&key, name));
    hex::encode(sign(&key, policy))
}

const LATER: &str = "2100-01-01T01:00:00.000Z";

#[tokio::test]
async fn a_form_is_stored_under_the_name_of_its_file() {
    let world = World::new();
    // An hour is longer than a signature in a header lives, and the policy's own end decides.
    world.clock.advance(Duration::from_secs(3599));
    let answer = world.send(form(LATER, "C:\\my cat.txt", "hello")).await;
    assert_eq!(answer.status(), 204, "{:?}", answer.error());
    assert_eq!(world.get("in/my cat.txt").await, "hello");
    let event = &world.s3.due_notifications(world.clock.now(), 10).unwrap()[0].event;
    assert_eq!(event["eventName"], "ObjectCreated:Post");
}

#[tokio::test]
async fn a_form_is_refused_once_its_policy_has_ended() {
    let world = World::new();
    world.clock.advance(Duration::from_secs(3600));
    assert_eq!(world.send(form(LATER, "a", "hello")).await.error(), (403, "AccessDenied".into()));
}

#[tokio::test]
async fn a_form_has_to_be_what_its_policy_allows() {
    let world = World::new();
    let too_large = world.send(form(LATER, "a", "hello, world")).await;
    assert_eq!(too_large.error(), (400, "EntityTooLarge".into()));
    let (head, body) = form(LATER, "a", "hello").into_parts();
    let elsewhere = String::from_utf8(body.to_vec()).unwrap().replace("in/${filename}", "ix/${filename}");
    let elsewhere = Request::from_parts(head, elsewhere.into());
    // AWS answers 403 AccessDenied; `s3s` has its own mind here.
    assert_eq!(world.send(elsewhere).await.error(), (400, "InvalidPolicyDocument".into()));
    let (head, body) = form(LATER, "a", "hello").into_parts();
    let unsigned = String::from_utf8(body.to_vec()).unwrap().replace("x-amz-signature", "x-amz-signatur3");
    let unsigned = world.send(Request::from_parts(head, unsigned.into())).await;
    assert_eq!(unsigned.error(), (403, "AccessDenied".into()));
    assert!(world.s3.keys(BUCKET).unwrap().is_empty());
}
