//! Reads: entity tags, fields, `HEAD`, compression.

use std::io::Read;
use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::json;
use shared::operations::uploads::EXAMINED_MAX;

use crate::pictures;
use crate::world::World;

#[tokio::test]
async fn what_a_reader_has_already_is_not_sent_again() {
    let mut world = World::new().await;
    let bytes = pictures::small();
    let created = world.announce(&bytes, &["thumb"]).await;
    let job = {
        assert_eq!(world.put(&created, &bytes).await, StatusCode::OK);
        world.settle().await;
        world.shown(&created.id).await["derivatives"][0]["links"]["job"].as_str().unwrap().to_owned()
    };
    let authorization = format!("Bearer {}", world.key);
    for path in
        [format!("/v1/uploads/{}", created.id), job, "/v1/uploads".to_owned(), "/v1/api-keys".to_owned()]
    {
        let first = world.get(&path).await;
        let tag = first.headers["etag"].to_str().unwrap().to_owned();
        assert_eq!(first.headers["cache-control"], "private, no-cache");
        world.clock.advance(Duration::from_secs(1));
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            let headers = [("authorization", authorization.as_str()), ("if-none-match", &known)];
            let again = world.send(Method::GET, &path, &headers, "").await;
            assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{path}: {known}");
            assert!(again.text().is_empty() && again.headers["etag"] == *tag);
        }
        let headers = [("authorization", authorization.as_str()), ("if-none-match", "\"other\"")];
        assert_eq!(world.send(Method::GET, &path, &headers, "").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_tag_changes_with_the_thing() {
    let mut world = World::new().await;
    let bytes = pictures::small();
    let created = world.announce(&bytes, &["thumb"]).await;
    let path = format!("/v1/uploads/{}", created.id);
    let pending = world.get(&path).await;
    assert_eq!(world.put(&created, &bytes).await, StatusCode::OK);
    world.settle().await;
    let ready = world.get(&path).await;
    assert_ne!(pending.headers["etag"], ready.headers["etag"]);
}

#[tokio::test]
async fn a_url_stays_the_same_for_as_long_as_its_tag_says_and_works_for_half_an_hour_more() {
    let mut world = World::new().await.without_latency();
    let id = world.upload(&pictures::small(), &["thumb"]).await;
    world.settle().await;
    let url = |shown: serde_json::Value| shown["derivatives"][0]["url"].as_str().unwrap().to_owned();
    // To the end of the half hour in which URLs are the same.
    let into_it = world.clock.now().as_millis().rem_euclid(1_800_000);
    world.clock.advance(Duration::from_millis(1_800_000 - into_it.unsigned_abs() - 1));
    let first = url(world.shown(&id).await);
    world.clock.advance(Duration::from_millis(1));
    assert_ne!(url(world.shown(&id).await), first);
    world.clock.advance(Duration::from_secs(1799));
    assert_eq!(world.download(&first).await.0, StatusCode::OK);
    world.clock.advance(Duration::from_secs(2));
    assert_eq!(world.download(&first).await.0, StatusCode::FORBIDDEN, "no URL promises more than an hour");
}

#[tokio::test]
async fn only_the_fields_that_were_asked_for_are_answered() {
    let mut world = World::new().await;
    let id = world.announce(&pictures::small(), &["thumb"]).await.id;
    let one = world.get(&format!("/v1/uploads/{id}?fields=id,state")).await;
    assert_eq!(one.json, json!({ "id": id, "state": "pending" }));
    let page = world.get("/v1/uploads?fields=id&limit=1").await;
    assert_eq!(page.json["data"], json!([{ "id": id }]));
    for (fields, suggestion) in [("id,stat", Some("state")), ("", None), ("qqqq", None)] {
        let refused = world.get(&format!("/v1/uploads/{id}?fields={fields}")).await;
        assert_eq!(refused.code(), "invalid", "{fields}");
        let error = &refused.json["errors"][0];
        assert_eq!((error["pointer"].as_str(), error["suggestion"].as_str()), (Some("/fields"), suggestion));
    }
}

#[tokio::test]
async fn head_answers_as_get_does_without_the_body() {
    let mut world = World::new().await;
    let id = world.announce(&pictures::small(), &[]).await.id;
    let authorization = format!("Bearer {}", world.key);
    for path in
        [format!("/v1/uploads/{id}"), "/v1/uploads".to_owned(), "/docs".to_owned(), "/healthz".to_owned()]
    {
        let headers = [("authorization", authorization.as_str())];
        let get = world.send(Method::GET, &path, &headers, "").await;
        let head = world.send(Method::HEAD, &path, &headers, "").await;
        assert_eq!((head.status, head.text().as_str()), (get.status, ""), "{path}");
        assert_eq!(head.headers.get("etag"), get.headers.get("etag"), "{path}");
        assert_eq!(head.headers["content-type"], get.headers["content-type"], "{path}");
    }
    let missing = world.send(Method::HEAD, "/v1/uploads/x", &[("authorization", &authorization)], "").await;
    assert_eq!((missing.status, missing.text().as_str()), (StatusCode::NOT_FOUND, ""));
}

#[tokio::test]
async fn an_answer_is_compressed_when_asked_for_and_stays_the_same_thing() {
    let world = World::new().await;
    let plain = world.send(Method::GET, "/v1/openapi.json", &[], "").await;
    let packed = world.send(Method::GET, "/v1/openapi.json", &[("accept-encoding", "gzip")], "").await;
    assert_eq!(packed.headers["content-encoding"], "gzip");
    assert_eq!(packed.headers["vary"], "accept-encoding");
    let mut unpacked = String::new();
    flate2::read::GzDecoder::new(&packed.body[..]).read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.text());
    assert!(packed.body.len() * 4 < plain.body.len());
    let small = world.send(Method::GET, "/healthz", &[("accept-encoding", "gzip")], "").await;
    assert!(!small.headers.contains_key("content-encoding"), "nothing is gained");
}

#[tokio::test]
async fn a_listing_shows_what_was_created_within_its_bounds() {
    let mut world = World::new().await;
    let mut ids = Vec::new();
    let start = world.clock.now();
    for _ in 0..4 {
        ids.push(world.announce(&pictures::small(), &[]).await.id);
        world.clock.advance(Duration::from_secs(1));
    }
    let at = |seconds: u64| (start + Duration::from_secs(seconds)).to_rfc3339();
    let listed = async |query: &str| -> Vec<String> {
        let page = world.get(&format!("/v1/uploads?fields=id&{query}")).await;
        let data = page.json["data"].as_array().unwrap_or_else(|| panic!("{page:?}")).iter();
        data.map(|upload| upload["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(listed(&format!("created_from={}", at(2))).await, [ids[3].clone(), ids[2].clone()]);
    assert_eq!(listed(&format!("created_before={}", at(1))).await, [ids[0].clone()]);
    let both = format!("created_from={}&created_before={}", at(1), at(3));
    assert_eq!(listed(&both).await, [ids[2].clone(), ids[1].clone()]);
    assert!(listed(&format!("created_from={}&created_before={}", at(3), at(1))).await.is_empty());
    assert_eq!(
        listed("created_from=0503-02-10T12:50:38Z").await.len(),
        4,
        "before all times is a bound as well"
    );
    assert!(listed("created_before=1969-12-31T23:59:59Z").await.is_empty());

    let page = world.get(&format!("/v1/uploads?limit=1&{both}")).await;
    let cursor = page.json["next_cursor"].as_str().unwrap().to_owned();
    assert_eq!(listed(&format!("{both}&cursor={cursor}")).await, [ids[1].clone()]);
    let foreign = world.get(&format!("/v1/uploads?cursor={cursor}")).await;
    assert_eq!(foreign.json["errors"][0]["pointer"], "/cursor", "a cursor holds for its filters alone");
    for wrong in ["yesterday", "", "2026-13-01T00:00:00Z", "0"] {
        let refused = world.get(&format!("/v1/uploads?created_from={wrong}")).await;
        assert_eq!(refused.json["errors"][0]["pointer"], "/created_from", "{wrong}");
    }
}

#[tokio::test]
async fn a_listing_shows_uploads_in_some_states_and_their_derivatives_when_asked_to() {
    let mut world = World::new().await;
    let ready = world.upload(&pictures::small(), &["thumb"]).await;
    world.settle().await;
    let mut pending = Vec::new();
    for _ in 0..3 {
        world.clock.advance(Duration::from_secs(1));
        pending.insert(0, world.announce(&pictures::small(), &["thumb"]).await.id);
    }
    let listed = async |query: &str| {
        let page = world.get(&format!("/v1/uploads?{query}")).await;
        let data = page.json["data"].as_array().unwrap_or_else(|| panic!("{page:?}"));
        let ids: Vec<String> = data.iter().map(|upload| upload["id"].as_str().unwrap().to_owned()).collect();
        (ids, page.json["next_cursor"].as_str().map(str::to_owned))
    };
    assert_eq!(listed("state=ready&limit=1").await, (vec![ready.clone()], None), "found behind the others");
    let (first, cursor) = listed("state=pending&limit=2").await;
    assert_eq!(first, pending[..2]);
    let next = format!("state=pending&limit=2&cursor={}", cursor.unwrap());
    assert_eq!(listed(&next).await, (pending[2..].to_vec(), None));
    assert_eq!(listed("state=pending,ready").await.0.len(), 4);
    assert_eq!(listed("state=failed").await, (vec![], None));

    let page = world.get("/v1/uploads?include=derivatives&state=ready,pending").await;
    let shown = world.shown(&ready).await;
    assert_eq!(page.json["data"][3], shown, "as it is shown by itself");
    assert_eq!(page.json["data"][0]["derivatives"][0]["state"], "pending");
    let plain = world.get("/v1/uploads").await;
    assert!(plain.json["data"][0].get("derivatives").is_none());

    for (query, pointer) in [
        ("include=derivatives&limit=21", "/limit"),
        ("include=jobs", "/include"),
        ("state=raedy", "/state"),
        ("state=", "/state"),
        ("state=deleted", "/state"),
    ] {
        let refused = world.get(&format!("/v1/uploads?{query}")).await;
        assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{query}: {refused:?}");
    }
    let refused = world.get("/v1/uploads?state=raedy").await;
    assert_eq!(refused.json["errors"][0]["suggestion"], "ready");
}

#[tokio::test]
async fn a_page_of_a_state_is_found_among_a_bounded_number_of_uploads() {
    let mut world = World::new().await;
    let ready = world.upload(&pictures::small(), &[]).await;
    world.settle().await;
    for _ in 0..EXAMINED_MAX {
        world.clock.advance(Duration::from_millis(1));
        world.announce(&pictures::small(), &[]).await;
    }
    let first = world.get("/v1/uploads?state=ready").await;
    assert_eq!(first.json["data"], json!([]));
    let cursor = first.json["next_cursor"].as_str().expect("there is more");
    let second = world.get(&format!("/v1/uploads?state=ready&cursor={cursor}")).await;
    assert_eq!((&second.json["data"][0]["id"], second.json.get("next_cursor")), (&json!(ready), None));
}
