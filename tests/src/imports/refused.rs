//! Sources that cannot be used: told at once where that can be known, and by the upload otherwise.

use std::net::IpAddr;

use http::StatusCode;
use serde_json::{Value, json};
use shared::upload::IMAGE_SIZE_BYTES_MAX;

use super::source::{Behaviour, HOST, Source, URL};
use super::{file, import, request};
use crate::pictures;
use crate::world::World;

/// The pointers to what is wrong with a request.
async fn pointers(world: &World, request: &Value) -> Vec<String> {
    let answer = world.post("/v1/uploads", request, None).await;
    assert_eq!(answer.status, 422, "{request}: {answer:?}");
    let errors = answer.json["errors"].as_array().unwrap();
    errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_url_that_cannot_be_called_is_refused_at_once() {
    let world = World::new().await;
    let long = format!("https://{HOST}/{}", "a".repeat(2048));
    for url in [
        "ftp://files.example/a",
        "file:///etc/passwd",
        "files.example/a",
        "",
        "https://user:password@files.example/a",
        "https://user@files.example/a",
        &long,
        "http://127.0.0.1/a",
        "http://0x7f.1/a",
        "http://017700000001/a",
        "http://2130706433/a",
        "http://[::1]/a",
        "http://[::ffff:10.0.0.1]/a",
        "http://[64:ff9b::a9fe:a9fe]/a",
        "http://[2002:7f00:1::]/a",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/a",
    ] {
        let request = json!({ "source": { "url": url } });
        assert_eq!(pointers(&world, &request).await, ["/source/url"], "{url}");
    }
}

#[tokio::test]
async fn all_that_is_wrong_is_named_at_once() {
    let world = World::new().await;
    let request = json!({
        "source": {
            "url": "http://10.0.0.1/a",
            "headers": { "Host": "a", "range": "bytes=0-", "bad name": "x", "X-Line": "a\nb", "X-Good": "a" },
        },
        "filename": "a/b",
        "size_bytes": 0,
        "multipart": true,
        "method": "post",
    });
    let mut found = pointers(&world, &request).await;
    found.sort();
    let expected = [
        "/filename",
        "/method",
        "/multipart",
        "/size_bytes",
        "/source/headers/Host",
        "/source/headers/X-Line",
        "/source/headers/bad name",
        "/source/headers/range",
        "/source/url",
    ];
    assert_eq!(found, expected);
    assert_eq!(pointers(&world, &json!({})).await, ["/filename", "/content_type", "/size_bytes"]);

    let many: serde_json::Map<String, Value> = (0..21).map(|n| (format!("X-{n}"), json!("a"))).collect();
    for headers in [Value::Object(many), json!({ "X-Long": "a".repeat(4096) })] {
        let request = json!({ "source": { "url": URL, "headers": headers } });
        assert_eq!(pointers(&world, &request).await, ["/source/headers"]);
    }
}

/// Imports a picture while the server behaves like this; returns state, code and detail of the rejection.
async fn rejection(change: impl FnOnce(&mut Behaviour), request: &Value) -> (String, String, u32) {
    let mut world = World::new().await;
    let source = Source::of(pictures::small(), "image/png");
    source.set(change);
    source.serve(&world);
    let shown = import(&mut world, request).await;
    assert_eq!(shown["state"], "rejected", "{shown}");
    let text = |name: &str| shown["rejection"][name].as_str().unwrap_or_default().to_owned();
    let rows = world.rows();
    let tries = rows.jobs.iter().find(|job| job.kind.as_str() == "import").map_or(0, |job| job.attempts);
    (text("code"), text("detail"), tries)
}

#[tokio::test]
async fn a_bad_response_rejects_the_upload_with_a_reason() {
    let size = pictures::small().len();
    let not_found = rejection(|server| server.status = StatusCode::NOT_FOUND, &request(&["thumb"])).await;
    let detail = "the server responded 404 Not Found instead of the file";
    assert_eq!(not_found, ("source_status".to_owned(), detail.to_owned(), 1));

    let login_page = |server: &mut Behaviour| {
        (server.file, server.content_type) = ("<html>log in</html>".into(), "text/html; charset=utf-8");
    };
    let mut declared = request(&["thumb"]);
    declared["content_type"] = json!("image/png");
    let (code, detail, tries) = rejection(login_page, &declared).await;
    assert_eq!((code.as_str(), tries), ("type_mismatch", 1));
    assert_eq!(detail, "the server sent text/html instead of image/png");

    declared["size_bytes"] = json!(size + 1);
    let (code, detail, _) = rejection(|_| {}, &declared).await;
    assert_eq!(code, "size_mismatch");
    assert_eq!(detail, format!("{} bytes were declared, the server sent {size}", size + 1));
    let (code, ..) = rejection(|server| server.announces = false, &declared).await;
    assert_eq!(code, "size_mismatch");
    declared["size_bytes"] = json!(size - 1);
    let (code, ..) = rejection(|server| server.announces = false, &declared).await;
    assert_eq!(code, "body_too_large");

    let mut with_sha256 = request(&[]);
    with_sha256["sha256"] = json!("0".repeat(64));
    assert_eq!(rejection(|_| {}, &with_sha256).await.0, "checksum_mismatch");

    let (code, ..) = rejection(|server| server.file = Vec::new().into(), &request(&[])).await;
    assert_eq!(code, "source_empty");
    let gzip = |server: &mut Behaviour| server.headers.push(("content-encoding", "gzip"));
    assert_eq!(rejection(gzip, &request(&[])).await.0, "source_encoded");
    let large = |server: &mut Behaviour| server.headers = vec![("x-filler", "a"); 101];
    assert_eq!(rejection(large, &request(&[])).await.0, "head_too_large");
    let circle = |server: &mut Behaviour| {
        server.redirects = vec![("/of/somebody/photo%20one.png".to_owned(), URL.to_owned())]
    };
    assert_eq!(rejection(circle, &request(&[])).await.0, "source_redirects");
    let to_metadata = |server: &mut Behaviour| {
        let target = "http://169.254.169.254/latest/meta-data/".to_owned();
        server.redirects = vec![("/of/somebody/photo%20one.png".to_owned(), target)];
    };
    assert_eq!(rejection(to_metadata, &request(&[])).await.0, "address_refused");
}

#[tokio::test]
async fn what_may_pass_is_tried_again_before_the_upload_is_rejected() {
    for status in [500, 503, 429, 408] {
        let busy = |server: &mut Behaviour| server.status = StatusCode::from_u16(status).unwrap();
        let (code, _, tries) = rejection(busy, &request(&[])).await;
        assert_eq!((code.as_str(), tries), ("source_status", 6), "{status}");
    }
    let (code, _, tries) = rejection(|server| server.cut_off_after = Some(1), &request(&[])).await;
    assert_eq!((code.as_str(), tries), ("body_cut_off", 6));
}

#[tokio::test]
async fn a_server_that_recovers_in_time_is_used() {
    let mut world = World::new().await;
    let source = Source::of(pictures::small(), "image/png");
    source.set(|server| server.status = StatusCode::SERVICE_UNAVAILABLE);
    source.serve(&world);
    world.post("/v1/uploads", &request(&["thumb"]), Some("import")).await;
    world.deliver_all().await;
    source.set(|server| server.status = StatusCode::OK);
    assert_eq!(import(&mut world, &request(&["thumb"])).await["state"], "ready");
    assert_eq!(source.requests(), 2);
}

#[tokio::test]
async fn a_name_without_a_public_address_is_never_called() {
    let cases: [(&[&str], &str); 3] = [
        (&["127.0.0.1", "::1"], "address_refused"),
        (&["169.254.169.254"], "address_refused"),
        (&[], "dns_failed"),
    ];
    for (addresses, expected) in cases {
        let mut world = World::new().await;
        let source = Source::of(pictures::small(), "image/png");
        source.serve(&world);
        let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
        world.outside.resolve_to(HOST, &addresses);
        let shown = import(&mut world, &request(&[])).await;
        assert_eq!((&shown["state"], &shown["rejection"]["code"]), (&json!("rejected"), &json!(expected)));
        assert_eq!(source.requests(), 0);
    }
}

#[tokio::test]
async fn a_name_whose_addresses_change_is_judged_each_time() {
    let mut world = World::new().await;
    let source = Source::of(pictures::small(), "image/png");
    source.set(|server| server.status = StatusCode::SERVICE_UNAVAILABLE);
    source.serve(&world);
    world.post("/v1/uploads", &request(&[]), Some("import")).await;
    world.deliver_all().await;
    world.outside.resolve_to(HOST, &["127.0.0.1".parse().unwrap()]);
    let shown = import(&mut world, &request(&[])).await;
    assert_eq!(shown["rejection"]["code"], "address_refused");
    assert_eq!(source.requests(), 1);
}

#[tokio::test]
async fn a_file_that_is_too_large_for_its_recipe_or_its_tenant_is_not_stored() {
    let mut world = World::new().await;
    let source = Source::of(file(1), "image/png");
    source.set(|server| {
        server.headers.push(("content-length", "68000000"));
        server.announces = false;
    });
    source.serve(&world);
    const { assert!(IMAGE_SIZE_BYTES_MAX < 68_000_000) };
    let shown = import(&mut world, &request(&["thumb"])).await;
    assert_eq!(shown["rejection"]["code"], "body_too_large", "{shown}");
}
