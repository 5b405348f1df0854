//! Files that are fetched from a URL instead of being sent.

mod faults;
mod refused;
mod resumed;
pub mod source;

use http::Method;
use serde_json::{Value, json};
use shared::job::State;
use shared::upload::PART_SIZE_BYTES;

use crate::pictures;
use crate::world::World;
use source::{HOST, Source, URL};

/// A request for a picture from [`URL`], with a thumbnail for each of `steps`.
fn request(steps: &[&str]) -> Value {
    let steps = steps.iter().map(|name| json!({ "name": name, "image": { "width": 8, "format": "webp" } }));
    json!({ "source": { "url": URL }, "recipe": { "steps": steps.collect::<Vec<_>>() } })
}

/// Posts the request, lets all follow from it, and returns the upload as it is shown then.
async fn import(world: &mut World, request: &Value) -> Value {
    let answer = world.post("/v1/uploads", request, Some("import")).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    world.settle().await;
    world.assert_at_rest().await;
    world.shown(answer.json["id"].as_str().unwrap()).await
}

/// A file of `bytes` bytes in which no two parts are alike.
fn file(bytes: u64) -> Vec<u8> {
    (0..bytes).map(|index| (index / 251) as u8 ^ index as u8).collect()
}

#[tokio::test]
async fn a_file_is_fetched_and_is_an_upload_like_any_other() {
    let mut world = World::new().await;
    let source = Source::of(pictures::small(), "image/png");
    source.serve(&world);
    let answer = world.post("/v1/uploads", &request(&["thumb"]), None).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.json["state"], "pending");
    assert!(answer.json.get("request").is_none() && answer.json.get("multipart").is_none(), "{answer:?}");
    let path = answer.json["links"]["self"].as_str().unwrap();
    let pending = world.get(path).await.json;
    assert_eq!((&pending["size_bytes"], &pending["source"]), (&Value::Null, &json!({ "host": HOST })));

    world.settle().await;
    let shown = world.get(path).await.json;
    assert_eq!((&shown["state"], &shown["filename"]), (&json!("ready"), &json!("photo one.png")), "{shown}");
    assert_eq!((&shown["content_type"], &shown["source"]), (&json!("image/png"), &json!({ "host": HOST })));
    assert_eq!(shown["size_bytes"], json!(pictures::small().len()));
    assert_eq!(shown["derivatives"][0]["state"], "succeeded");
    assert_eq!(source.requests(), 1);
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_large_file_is_fetched_in_parts_and_its_checksum_is_verified() {
    for announces in [true, false] {
        let mut world = World::new().await;
        let bytes = file(2 * PART_SIZE_BYTES + 5);
        let sha256 = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&bytes));
        let source = Source::of(bytes.clone(), "application/zip");
        source.set(|behaviour| behaviour.announces = announces);
        source.serve(&world);
        let request = json!({ "source": { "url": URL }, "filename": "all.zip", "sha256": sha256 });
        let shown = import(&mut world, &request).await;
        assert_eq!((&shown["state"], &shown["size_bytes"]), (&json!("ready"), &json!(bytes.len())));
        let rows = world.rows();
        assert_eq!(rows.uploads[0].multipart.as_ref().unwrap().part_size_bytes, PART_SIZE_BYTES);
        assert_eq!(rows.uploads[0].done.len(), 1, "the checksum is a step");
        let original = world.get(&format!("/v1/uploads/{}/url", rows.uploads[0].id)).await.json;
        let (_, stored) = world.download(original["url"].as_str().unwrap()).await;
        assert!(stored == bytes);
        assert_eq!(source.requests(), 1);
    }
}

#[tokio::test]
async fn a_file_of_whole_parts_has_no_empty_one() {
    for (parts, announces) in [(1, true), (1, false), (2, true), (2, false)] {
        let mut world = World::new().await;
        let source = Source::of(file(parts * PART_SIZE_BYTES), "application/zip");
        source.set(|behaviour| behaviour.announces = announces);
        source.serve(&world);
        let shown = import(&mut world, &json!({ "source": { "url": URL } })).await;
        assert_eq!(
            (&shown["state"], &shown["size_bytes"]),
            (&json!("ready"), &json!(parts * PART_SIZE_BYTES))
        );
    }
}

#[tokio::test]
async fn headers_are_sent_to_the_origin_alone_and_are_neither_shown_nor_stored_in_the_clear() {
    const TOKEN: &str = "Bearer s3cr3t-t0ken";
    let mut world = World::new().await;
    let source = Source::of(pictures::small(), "image/png");
    source.serve(&world);
    source.set(|behaviour| {
        behaviour.redirects = vec![
            ("/start".to_owned(), format!("http://{HOST}/next?signature=s3cr3t-query")),
            ("/next".to_owned(), "http://cdn.example/photo%20one.png".to_owned()),
        ];
    });
    let cdn = Source::of(pictures::small(), "image/png");
    world.outside.serve("cdn.example", cdn.handler());
    let request = json!({ "source": {
        "url": format!("http://{HOST}/start?signature=s3cr3t-query"), "headers": { "Authorization": TOKEN },
    } });
    let shown = import(&mut world, &request).await;
    assert_eq!(shown["state"], "ready", "{shown}");
    assert_eq!(source.header("authorization"), [Some(TOKEN.to_owned()), Some(TOKEN.to_owned())]);
    assert_eq!(cdn.header("authorization"), [None]);
    let kept = format!("{shown} {:?} {:?}", world.items(), world.get("/v1/uploads").await.json);
    assert!(!kept.contains("s3cr3t"), "{kept}");
}

#[tokio::test]
async fn one_request_is_one_import_however_often_it_is_repeated() {
    let mut world = World::new().await;
    let source = Source::of(pictures::small(), "image/png");
    source.serve(&world);
    let first = world.post("/v1/uploads", &request(&["thumb"]), Some("once")).await;
    let second = world.post("/v1/uploads", &request(&["thumb"]), Some("once")).await;
    assert_eq!((second.status.as_u16(), &second.json["id"]), (201, &first.json["id"]));
    let mut other = request(&["thumb"]);
    other["source"]["headers"] = json!({ "X-Other": "1" });
    assert_eq!(world.post("/v1/uploads", &other, Some("once")).await.status, 422);
    world.settle().await;
    let third = world.post("/v1/uploads", &request(&["thumb"]), Some("once")).await;
    assert_eq!(third.json["state"], "ready", "{third:?}");
    assert_eq!(source.requests(), 1);
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_job_shows_how_the_import_went() {
    let mut world = World::new().await;
    Source::of(pictures::small(), "image/png").serve(&world);
    let shown = import(&mut world, &request(&[])).await;
    let rows = world.rows();
    let job = rows.jobs.iter().find(|job| job.kind.as_str() == "import").expect("the import's job");
    assert_eq!(job.state, State::Succeeded);
    let job = world.get(&format!("/v1/jobs/{}", job.id)).await.json;
    assert_eq!((&job["kind"], &job["upload"]), (&json!("import"), &shown["id"]));
    assert!(job.get("step").is_none(), "{job}");
}

#[tokio::test]
async fn a_client_can_send_nothing_to_an_import() {
    let world = World::new().await;
    Source::of(file(2 * PART_SIZE_BYTES), "application/zip").serve(&world);
    let created = world.post("/v1/uploads", &json!({ "source": { "url": URL } }), None).await.json;
    let path = created["links"]["self"].as_str().unwrap();
    assert_eq!(created["links"].get("parts"), None);
    assert_eq!(world.get(&format!("{path}/parts")).await.code(), "conflict");
    assert_eq!(world.post(&format!("{path}/complete"), &json!({}), None).await.code(), "conflict");
}

#[tokio::test]
async fn an_import_that_is_aborted_or_deleted_leaves_nothing() {
    for deletes in [false, true] {
        for begins in [false, true] {
            let mut world = World::new().await;
            let source = Source::of(file(2 * PART_SIZE_BYTES + 1), "application/zip");
            // The first try stores a part, and is cut off.
            source.set(|behaviour| behaviour.cut_off_after = Some(PART_SIZE_BYTES + 1024 * 1024));
            source.serve(&world);
            let created = world.post("/v1/uploads", &json!({ "source": { "url": URL } }), None).await.json;
            let path = created["links"]["self"].as_str().unwrap();
            if begins {
                world.deliver_all().await;
                assert_eq!(source.requests(), 1);
            }
            source.set(|behaviour| behaviour.cut_off_after = None);
            let answer = if deletes {
                world.delete(path, None).await
            } else {
                world.post(created["links"]["abort"].as_str().unwrap(), &json!({}), None).await
            };
            assert!(answer.status.is_success(), "{answer:?}");
            world.settle().await;
            world.assert_at_rest().await;
            let status = world.send(Method::GET, path, &[], "").await.status;
            assert!(status == 401, "{status}");
            let state = world.rows().uploads[0].state.as_str();
            assert_eq!(state, if deletes { "deleted" } else { "aborted" });
        }
    }
}
