//! URLs that show or save what is stored: names, types, ranges, `HEAD`, and nothing that a browser could run.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

use crate::pictures;
use crate::world::{Answer, World};

impl World {
    /// Requests a URL that the API answered.
    async fn request(
        &self,
        method: Method,
        url: &str,
        range: Option<&str>,
    ) -> (StatusCode, HeaderMap, Bytes) {
        let uri: http::Uri = url.parse().expect("a URL");
        let host = uri.host().unwrap_or_default().to_owned();
        let mut request = http::Request::builder().method(method).uri(uri).header("host", host);
        if let Some(range) = range {
            request = request.header("range", range);
        }
        let answer = self.aws.call(request.body(Bytes::new()).expect("a test's request is valid")).await;
        let (parts, body) = answer.into_parts();
        (parts.status, parts.headers, body)
    }

    /// Stores a file as it is, under any name and type.
    async fn store(&self, filename: &str, content_type: &str, bytes: &[u8]) -> String {
        let body = json!({ "filename": filename, "content_type": content_type, "size_bytes": bytes.len() });
        let created = self.post("/v1/uploads", &body, None).await.created();
        assert_eq!(self.put(&created, bytes).await, StatusCode::OK);
        created.id
    }

    async fn url_of(&self, id: &str, query: &str) -> Answer {
        self.get(&format!("/v1/uploads/{id}/url?{query}")).await
    }
}

fn url(answer: &Answer) -> &str {
    answer.json["url"].as_str().unwrap_or_else(|| panic!("{answer:?}"))
}

#[tokio::test]
async fn the_original_is_saved_under_its_own_name_by_ranges_too() {
    let mut world = World::new().await;
    let id = world.store("café \"1\".txt", "text/plain", b"0123456789").await;
    world.settle().await;
    let answer = world.url_of(&id, "").await;
    assert_eq!(answer.json["disposition"], "attachment");
    let (status, headers, body) = world.request(Method::GET, url(&answer), None).await;
    assert_eq!((status, &body[..]), (StatusCode::OK, &b"0123456789"[..]));
    let disposition = r#"attachment; filename="caf_ _1_.txt"; filename*=UTF-8''caf%C3%A9%20%221%22.txt"#;
    assert_eq!(headers["content-disposition"], disposition);
    assert_eq!(headers["cache-control"], "private, max-age=3600, immutable");
    assert_eq!(
        (&headers["content-type"], &headers["accept-ranges"]),
        (&"text/plain".parse().unwrap(), &"bytes".parse().unwrap())
    );
    let (status, headers, body) = world.request(Method::GET, url(&answer), Some("bytes=2-4")).await;
    assert_eq!((status, &body[..]), (StatusCode::PARTIAL_CONTENT, &b"234"[..]));
    assert_eq!(headers["content-range"], "bytes 2-4/10");
    let (status, ..) = world.request(Method::GET, url(&answer), Some("bytes=20-")).await;
    assert_eq!(status, StatusCode::RANGE_NOT_SATISFIABLE);
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_derivative_is_shown_until_its_url_expires() {
    let mut world = World::new().await;
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world.settle().await;
    let answer = world.url_of(&id, "derivative=thumb&disposition=inline&expires_in=60").await;
    let shown = (&answer.json["filename"], &answer.json["content_type"], &answer.json["disposition"]);
    assert_eq!(shown, (&json!("picture-thumb.webp"), &json!("image/webp"), &json!("inline")));
    let (status, headers, body) = world.request(Method::GET, url(&answer), None).await;
    assert_eq!((status, &body[8..12]), (StatusCode::OK, &b"WEBP"[..]));
    let disposition = headers["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("inline; filename=\"picture-thumb.webp\""), "{disposition}");
    world.clock.advance(Duration::from_secs(61));
    assert_eq!(world.request(Method::GET, url(&answer), None).await.0, StatusCode::FORBIDDEN);
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_url_is_good_for_its_own_method_alone() {
    let mut world = World::new().await;
    let id = world.store("a.txt", "text/plain", b"0123456789").await;
    world.settle().await;
    let (get, head) = (world.url_of(&id, "method=GET").await, world.url_of(&id, "method=HEAD").await);
    assert_eq!((&get.json["method"], &head.json["method"]), (&json!("GET"), &json!("HEAD")));
    let (status, headers, _) = world.request(Method::HEAD, url(&head), None).await;
    assert_eq!((status, &headers["content-length"]), (StatusCode::OK, &"10".parse().unwrap()));
    assert_eq!(world.request(Method::HEAD, url(&get), None).await.0, StatusCode::FORBIDDEN);
    assert_eq!(world.request(Method::GET, url(&head), None).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_a_browser_could_run_is_only_ever_saved() {
    let mut world = World::new().await;
    let kinds = ["image/svg+xml", "text/html", "application/xhtml+xml", "text/xml", "text/javascript"];
    for kind in kinds {
        let id = world.store("x", kind, b"<svg onload='alert(1)'/>").await;
        world.settle().await;
        let answer = world.url_of(&id, "disposition=inline").await;
        assert_eq!(answer.json["disposition"], "attachment", "{kind}");
        let (status, headers, _) = world.request(Method::GET, url(&answer), None).await;
        assert_eq!(
            (status, headers["content-type"].to_str().unwrap()),
            (StatusCode::OK, "application/octet-stream")
        );
        assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment;"), "{kind}");
        // The signature covers how it is handed out.
        let forged = url(&answer).replace("attachment", "inline");
        assert_ne!(forged, url(&answer));
        assert_eq!(world.request(Method::GET, &forged, None).await.0, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn what_is_shown_is_what_the_bytes_are_whatever_was_announced() {
    let mut world = World::new().await;
    for (announced, bytes, shown) in [
        ("image/avif", &b"<script>alert(1)</script>"[..], "application/octet-stream"),
        ("image/x-icon", b"<script>alert(1)</script>", "application/octet-stream"),
        ("APPLICATION/PDF", b"<script>alert(1)</script>", "application/octet-stream"),
        ("application/zip", b"%PDF-1.7", "application/pdf"),
    ] {
        let id = world.store("x", announced, bytes).await;
        world.settle().await;
        let answer = world.url_of(&id, "disposition=inline").await;
        assert_eq!(answer.json["content_type"], shown, "{announced}");
        let is_shown = shown != "application/octet-stream";
        assert_eq!(answer.json["disposition"] == "inline", is_shown, "{announced}");
    }
    let id = world.store("x.png", "IMAGE/PNG", &pictures::small()).await;
    world.settle().await;
    assert_eq!(world.url_of(&id, "disposition=inline").await.json["content_type"], "image/png");
    assert_eq!(world.shown(&id).await["content_type"], "image/png");
}

#[tokio::test]
async fn a_file_that_was_sent_with_a_content_encoding_is_rejected() {
    let mut world = World::new().await;
    let body = json!({ "filename": "a.txt", "content_type": "text/plain", "size_bytes": 3 });
    let created = world.post("/v1/uploads", &body, None).await.created();
    let mut headers = created.request["headers"].clone();
    headers["content-encoding"] = json!("gzip");
    let url = created.request["url"].as_str().unwrap();
    assert_eq!(world.put_to(url, &headers, b"abc").await, StatusCode::OK, "S3 takes it");
    world.settle().await;
    let shown = world.shown(&created.id).await;
    assert_eq!(
        (&shown["state"], &shown["rejection"]["code"]),
        (&json!("rejected"), &json!("encoding_not_allowed"))
    );
    world.assert_at_rest().await;
}

#[tokio::test]
async fn svg_is_no_image_to_work_on() {
    let mut world = World::new().await;
    let mut body = crate::world::announcement(b"<svg/>", &["thumb"]);
    body["content_type"] = json!("image/svg+xml");
    let refused = world.post("/v1/uploads", &body, None).await;
    assert_eq!((refused.code(), &refused.json["errors"][0]["pointer"]), ("invalid", &json!("/content_type")));
    let id = world.upload(b"<svg xmlns='http://www.w3.org/2000/svg'/>", &["thumb"]).await;
    world.settle().await;
    let shown = world.shown(&id).await;
    assert_eq!((&shown["state"], &shown["rejection"]["code"]), (&json!("rejected"), &json!("type_mismatch")));
}

#[tokio::test]
async fn there_is_no_url_for_what_is_not_stored() {
    let mut world = World::new().await;
    let pending = world.announce(&pictures::small(), &["thumb"]).await.id;
    let ready = world.upload(&pictures::small(), &["thumb"]).await;
    world.deliver_all().await;
    let missing = [
        (&pending, ""),
        (&pending, "derivative=thumb"),
        (&ready, "derivative=other"),
        (&ready, "derivative="),
    ];
    for (id, query) in missing {
        assert_eq!(world.url_of(id, query).await.code(), "not_found", "{query}");
    }
    let wrong =
        ["expires_in=59", "expires_in=3601", "expires_in=x", "disposition=embed", "method=PUT", "step=thumb"];
    for query in wrong {
        let refused = world.url_of(&ready, query).await;
        let pointer = format!("/{}", query.split('=').next().unwrap());
        assert_eq!(
            (refused.code(), &refused.json["errors"][0]["pointer"]),
            ("invalid", &Value::from(pointer))
        );
    }
    let other = world.add_tenant("other").await;
    assert_eq!(world.get_as(&other, &format!("/v1/uploads/{ready}/url")).await.code(), "not_found");
    let before = world.url_of(&ready, "").await;
    world.delete_upload(&ready).await;
    assert_eq!(world.url_of(&ready, "").await.code(), "gone");
    world.deliver_all().await;
    assert_eq!(world.request(Method::GET, url(&before), None).await.0, StatusCode::NOT_FOUND);
}
