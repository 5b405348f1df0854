//! Announcements and parts that are not as they must be.

use http::StatusCode;
use serde_json::{Value, json};

use super::{file, two_parts};
use crate::pictures;
use crate::world::{World, announcement};

#[tokio::test]
async fn every_bound_of_an_announcement_is_told_at_its_field() {
    let world = World::new().await;
    let with = |mut body: Value, fields: Value| {
        for (name, value) in fields.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        body
    };
    let picture = announcement(&pictures::small(), &["thumb"]);
    const SINGLE: u64 = 64 * 1024 * 1024;
    let cases = [
        (with(file(b"x"), json!({ "size_bytes": 5_368_709_121_u64 })), "/size_bytes", "5368709120"),
        (with(picture, json!({ "size_bytes": SINGLE + 1 })), "/size_bytes", "67108864"),
        (
            with(file(b"x"), json!({ "size_bytes": SINGLE + 1, "multipart": false })),
            "/size_bytes",
            "67108864",
        ),
        (with(file(b"x"), json!({ "method": "post" })), "/method", "one request"),
        (
            with(file(b"x"), json!({ "method": "post", "multipart": null, "size_bytes": SINGLE + 1 })),
            "/size_bytes",
            "67108864",
        ),
    ];
    for (body, pointer, bound) in cases {
        let answer = world.post("/v1/uploads", &body, None).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (422, "invalid"), "{body}: {answer:?}");
        let error = &answer.json["errors"][0];
        assert_eq!(error["pointer"], pointer, "{body}");
        assert!(error["detail"].as_str().unwrap().contains(bound), "{body}: {error}");
    }
}

#[tokio::test]
async fn a_part_of_another_length_or_number_than_was_signed_is_refused() {
    let world = World::new().await;
    let bytes = two_parts();
    let id = world.announce_in_parts(&file(&bytes)).await;
    let part = world.parts(&id, 2).await["data"][0].clone();
    assert_eq!((&part["number"], &part["size_bytes"]), (&json!(2), &json!(1000)));
    for wrong in [999, 1001, 0] {
        assert_eq!(world.send_part(&part, bytes.slice(..wrong)).await, Err(StatusCode::FORBIDDEN), "{wrong}");
    }
    let mut other = part.clone();
    other["request"]["url"] =
        json!(part["request"]["url"].as_str().unwrap().replace("partNumber=2", "partNumber=1"));
    assert_eq!(world.send_part(&other, bytes.slice(..1000)).await, Err(StatusCode::FORBIDDEN));
    assert!(world.parts(&id, 2).await["data"][0]["arrived"].is_null());
    world.send_part(&part, bytes.slice(..1000)).await.expect("the right one is taken");
}

#[tokio::test]
async fn a_browser_is_told_that_it_may_send_a_part_and_read_its_etag() {
    let world = World::new().await;
    let id = world.announce_in_parts(&file(b"x")).await;
    let part = world.parts(&id, 1).await["data"][0].clone();
    let url: http::Uri = part["request"]["url"].as_str().unwrap().parse().unwrap();
    let ask = |method: &str| {
        let request = http::Request::builder().method(method).uri(url.clone()).header("host", "aws.local");
        request.header("origin", "https://app.example.com")
    };
    let preflight = ask("OPTIONS").header("access-control-request-method", "PUT");
    let answer = world.aws.call(preflight.body(bytes::Bytes::new()).unwrap()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    let put = ask("PUT").header("content-length", 1).body(bytes::Bytes::from_static(b"x")).unwrap();
    let answer = world.aws.call(put).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let exposed = answer.headers()["access-control-expose-headers"].to_str().unwrap().to_owned();
    assert!(exposed.contains("ETag") && answer.headers().contains_key("etag"), "{exposed}");
}

#[tokio::test]
async fn parts_are_listed_of_an_upload_that_has_some_and_within_its_plan() {
    let mut world = World::new().await;
    let plain = world.announce(&pictures::small(), &[]).await.id;
    let answer = world.get(&format!("/v1/uploads/{plain}/parts")).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (409, "conflict"));
    assert_eq!(world.complete(&plain, &json!({})).await.code(), "conflict");
    let id = world.announce_in_parts(&file(b"x")).await;
    for query in ["from=0", "from=2", "from=10001", "from=x", "limit=0", "limit=101"] {
        let answer = world.get(&format!("/v1/uploads/{id}/parts?{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (422, "invalid"), "{query}");
        let name = query.split('=').next().unwrap();
        assert_eq!(answer.json["errors"][0]["pointer"], format!("/{name}"), "{query}");
    }
}

#[tokio::test]
async fn an_upload_that_changed_since_it_was_seen_is_neither_completed_nor_given_up() {
    let world = World::new().await;
    let id = world.announce_in_parts(&file(b"x")).await;
    world.send_parts(&id, &b"x"[..].into()).await;
    let authorization = format!("Bearer {}", world.key);
    for (action, tag, expected) in
        [("complete", "\"old\"", 412), ("abort", "\"old\"", 412), ("abort", "*", 200)]
    {
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
            ("if-match", tag),
        ];
        let path = format!("/v1/uploads/{id}/{action}");
        let answer = world.send(http::Method::POST, &path, &headers, "{}").await;
        assert_eq!(answer.status.as_u16(), expected, "{action} {tag}: {answer:?}");
    }
}
