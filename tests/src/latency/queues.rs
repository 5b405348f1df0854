//! The functions that serve a queue, and the one that S3 invokes.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::imports::source::{Source, URL};
use crate::pictures;
use crate::world::{MEDIA_QUEUE, WORKER_QUEUE, World};

const MEBIBYTE: usize = 1024 * 1024;

impl World {
    /// Follows events and changes until nothing is left but what the queues hold.
    async fn fill_queues(&mut self) {
        loop {
            let mut delivered = self.deliver_notifications().await;
            for stream in &mut self.sources.streams {
                while stream.deliver().await.expect("the emulation works") {
                    delivered = true;
                }
            }
            if !delivered {
                return;
            }
        }
    }

    /// Delivers all that this queue holds, in batches as large as they can be, and asserts that the function was in time.
    async fn assert_a_full_batch_is_in_time(&mut self, queue: &str, batch_size: usize, what: &str) {
        self.fill_queues().await;
        self.longest.forget();
        let source = self.sources.queues.iter().find(|source| source.source.queue == queue).expect("a queue");
        let function = source.function.clone();
        assert_eq!(source.source.batch_size as usize, batch_size);
        let messages = source.receive().expect("the emulation works");
        source.deliver(messages).await.expect("the emulation works");
        let (took, records) = self.longest.of_function(&function);
        println!("{what}: {took:?}");
        assert_eq!(records, batch_size, "{what}: the batch was full");
        self.assert_in_time();
        let failed = self.rows().all_jobs().filter(|job| job.failure.is_some()).count();
        assert_eq!(failed, 0, "{what}: every job did its work");
        self.settle().await;
        self.assert_at_rest().await;
    }

    /// Announces a file and sends it whole.
    async fn announce_and_send(&self, content_type: &str, bytes: &[u8], steps: Value) -> String {
        let body = json!({ "filename": "file", "content_type": content_type, "size_bytes": bytes.len(),
            "recipe": { "steps": steps } });
        let created = self.post("/v1/uploads", &body, None).await.created();
        assert_eq!(self.put(&created, bytes).await, 200);
        created.id
    }

    /// Announces a file with its checksum and sends it in parts, after which S3 knows no checksum of the whole.
    async fn announce_and_send_in_parts(&self, bytes: &Bytes) {
        let sha256 = hex::encode(Sha256::digest(bytes));
        let body = json!({ "filename": "film.bin", "content_type": "application/octet-stream",
            "size_bytes": bytes.len(), "multipart": true, "sha256": sha256 });
        let id = self.post("/v1/uploads", &body, None).await.created().id;
        let page = self.get(&format!("/v1/uploads/{id}/parts")).await.json;
        let size = page["part_size_bytes"].as_u64().expect("a size") as usize;
        let mut parts = Vec::new();
        for (part, piece) in page["data"].as_array().expect("parts").iter().zip(bytes.chunks(size)) {
            let etag = self.put_part(&part["request"], piece).await;
            parts.push(json!({ "number": part["number"], "etag": etag }));
        }
        let done = self.post(&format!("/v1/uploads/{id}/complete"), &json!({ "parts": parts }), None).await;
        assert_eq!(done.status, 200, "{done:?}");
    }

    async fn put_part(&self, request: &Value, bytes: &[u8]) -> String {
        let uri: http::Uri = request["url"].as_str().expect("a URL").parse().expect("a URL");
        let host = uri.host().unwrap_or_default().to_owned();
        let mut put = http::Request::builder().method(Method::PUT).uri(uri).header("host", host);
        for (name, value) in request["headers"].as_object().into_iter().flatten() {
            put = put.header(name, value.as_str().unwrap_or_default());
        }
        let put = put.header("content-length", bytes.len()).body(Bytes::copy_from_slice(bytes));
        let answer = self.aws.call(put.expect("a request")).await;
        assert_eq!(answer.status(), 200);
        answer.headers()["etag"].to_str().expect("text").to_owned()
    }
}

fn file(mebibytes: usize) -> Bytes {
    Bytes::from(vec![7; mebibytes * MEBIBYTE])
}

#[tokio::test]
async fn media_makes_a_full_batch_of_images_in_time() {
    let mut world = World::new().await;
    for step in ["thumb", "large", "auto", "page", "card"] {
        let steps = json!([{ "name": step, "image": { "width": 40, "format": "auto" } }]);
        world.announce_and_send("image/png", &pictures::photo(64, 48), steps).await;
    }
    world.assert_a_full_batch_is_in_time(MEDIA_QUEUE, 5, "images").await;
}

#[tokio::test]
async fn media_reads_metadata_and_digests_of_a_full_batch_in_time() {
    let mut world = World::new().await;
    for _ in 0..5 {
        world
            .announce_and_send("image/png", &pictures::small(), json!([{ "name": "exif", "metadata": {} }]))
            .await;
    }
    world.assert_a_full_batch_is_in_time(MEDIA_QUEUE, 5, "metadata").await;
    for _ in 0..5 {
        let steps = json!([{ "name": "digest", "checksum": {} }]);
        world.announce_and_send("application/zip", &file(16), steps).await;
    }
    world.assert_a_full_batch_is_in_time(MEDIA_QUEUE, 5, "digests of 16 MiB").await;
    for _ in 0..5 {
        world.announce_and_send_in_parts(&file(20)).await;
    }
    world.assert_a_full_batch_is_in_time(MEDIA_QUEUE, 5, "verified checksums of 20 MiB").await;
}

#[tokio::test]
async fn worker_removes_a_full_batch_in_time() {
    let mut world = World::new().await;
    let mut ids = Vec::new();
    for _ in 0..10 {
        ids.push(world.upload(&pictures::small(), &["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]).await);
    }
    world.settle().await;
    for id in &ids {
        world.delete_upload(id).await;
    }
    world.assert_a_full_batch_is_in_time(WORKER_QUEUE, 10, "deletions").await;
    for _ in 0..10 {
        let bytes = pictures::small();
        let created = world.announce(&bytes, &["thumb"]).await;
        assert_eq!(world.put(&created, &vec![b'-'; bytes.len()]).await, 200);
    }
    world.assert_a_full_batch_is_in_time(WORKER_QUEUE, 10, "rejected originals").await;
}

#[tokio::test]
async fn worker_fetches_a_full_batch_in_time() {
    let mut world = World::new().await;
    Source::of(file(20).to_vec(), "application/zip").serve(&world);
    for _ in 0..10 {
        let made = world.post("/v1/uploads", &json!({ "source": { "url": URL } }), None).await;
        assert_eq!(made.status, 201, "{made:?}");
    }
    world.assert_a_full_batch_is_in_time(WORKER_QUEUE, 10, "imports of 20 MiB").await;
}

#[tokio::test]
async fn intake_ingests_more_than_s3_ever_sends_at_once_in_time() {
    let mut world = World::new().await;
    world.announce_and_send("text/plain", b"one", json!([])).await;
    let first = world.sources.notifications[0].due().expect("the emulation works").remove(0).event;
    world.settle().await;
    let mut events = Vec::new();
    for index in 0..50 {
        let bytes = pictures::small();
        let steps = json!([{ "name": "thumb", "image": {} }]);
        let id = match index % 2 {
            0 => world.announce_and_send("image/png", &bytes, steps).await,
            _ => world.announce_and_send("image/png", &vec![b'-'; bytes.len()], steps).await,
        };
        let mut event = first.clone();
        event["s3"]["object"]["key"] = json!(format!("uploads/acme/{id}"));
        events.push(event);
    }
    let (_, took, in_sum) = world.measure("intake", &json!({ "Records": events })).await;
    println!("50 objects: {took:?}, {in_sum:?} in sum");
    assert!(in_sum.as_millis() > 50 * 40, "each object was read: {in_sum:?}");
    world.assert_in_time();
}
