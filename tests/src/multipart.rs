//! Uploads that come in parts: announced, sent part by part in any order, completed, verified.

mod completion;
mod deleted;
mod faults;
mod given_up;
mod refusals;
mod verified;

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::upload::PART_SIZE_BYTES;

use crate::world::{Answer, World};

/// A client that gets a 5xx tries again this often, as one should.
const TRIES_MAX: u32 = 20;

/// A file of two parts, the last of which is short.
fn two_parts() -> Bytes {
    let size = PART_SIZE_BYTES as usize + 1000;
    let mut bytes = vec![7; size];
    bytes[size - 1] = 1;
    bytes.into()
}

/// Announces a file without a recipe.
fn file(bytes: &[u8]) -> Value {
    json!({
        "filename": "film.bin",
        "content_type": "application/octet-stream",
        "size_bytes": bytes.len(),
        "multipart": true,
    })
}

impl World {
    /// Sends a request as a client does that tries again after a 5xx.
    async fn ask(&self, method: Method, path: &str, body: &Value, idempotency_key: Option<&str>) -> Answer {
        let authorization = format!("Bearer {}", self.key);
        let mut headers =
            vec![("authorization", authorization.as_str()), ("content-type", "application/json")];
        headers.extend(idempotency_key.map(|key| ("idempotency-key", key)));
        let body = if method == Method::GET { String::new() } else { body.to_string() };
        for _ in 0..TRIES_MAX {
            let answer = self.send(method.clone(), path, &headers, body.clone()).await;
            if !answer.status.is_server_error() {
                return answer;
            }
        }
        panic!("the API answered {TRIES_MAX} times with 5xx");
    }

    /// Announces an upload in parts and answers its id.
    async fn announce_in_parts(&self, body: &Value) -> String {
        let answer = self.ask(Method::POST, "/v1/uploads", body, Some("in parts")).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        assert!(answer.json.get("request").is_none() && answer.json["multipart"].is_object(), "{answer:?}");
        answer.created().id
    }

    /// The parts that the API lists, beginning with `from`.
    async fn parts(&self, id: &str, from: u32) -> Value {
        let answer =
            self.ask(Method::GET, &format!("/v1/uploads/{id}/parts?from={from}"), &json!({}), None).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json
    }

    /// Sends one part as the list says, and answers its ETag.
    async fn send_part(&self, part: &Value, bytes: Bytes) -> Result<String, StatusCode> {
        let request = &part["request"];
        let uri: http::Uri = request["url"].as_str().expect("a URL").parse().expect("a URL");
        let host = uri.host().unwrap_or_default().to_owned();
        let mut put = http::Request::builder().method(Method::PUT).uri(uri).header("host", host);
        for (name, value) in request["headers"].as_object().into_iter().flatten() {
            put = put.header(name, value.as_str().unwrap_or_default());
        }
        let put = put.header("content-length", bytes.len()).body(bytes).expect("a request");
        let answer = self.aws.call(put).await;
        let etag = answer.headers().get("etag").and_then(|etag| etag.to_str().ok()).map(str::to_owned);
        if answer.status().is_success() { etag.ok_or(answer.status()) } else { Err(answer.status()) }
    }

    /// Sends all parts of a file, in order, and answers their ETags.
    async fn send_parts(&self, id: &str, bytes: &Bytes) -> Vec<String> {
        let page = self.parts(id, 1).await;
        let size = page["part_size_bytes"].as_u64().expect("a size") as usize;
        let mut etags = Vec::new();
        for (index, part) in page["data"].as_array().expect("parts").iter().enumerate() {
            let end = ((index + 1) * size).min(bytes.len());
            let sent = self.send_part(part, bytes.slice(index * size..end)).await;
            etags.push(sent.expect("the part is taken"));
        }
        etags
    }

    async fn complete(&self, id: &str, body: &Value) -> Answer {
        self.ask(Method::POST, &format!("/v1/uploads/{id}/complete"), body, None).await
    }

    async fn abort(&self, id: &str) -> Answer {
        self.ask(Method::POST, &format!("/v1/uploads/{id}/abort"), &json!({}), None).await
    }

    /// The original as it lies in the bucket.
    async fn original(&self, id: &str) -> Option<Bytes> {
        let key = format!("uploads/acme/{id}");
        let url = self.developer.bucket.sign_get(&key, self.clock.now(), std::time::Duration::from_secs(60));
        let (status, bytes) = self.download(&url.await.expect("a URL")).await;
        (status == StatusCode::OK).then_some(bytes)
    }
}

#[tokio::test]
async fn a_file_in_parts_arrives_as_one() {
    let mut world = World::new().await;
    let bytes = two_parts();
    let id = world.announce_in_parts(&file(&bytes)).await;
    let page = world.parts(&id, 1).await;
    assert_eq!((&page["part_size_bytes"], &page["part_count"]), (&json!(PART_SIZE_BYTES), &json!(2)));
    let parts = page["data"].as_array().expect("parts");
    assert_eq!(json!([parts[0]["size_bytes"], parts[1]["size_bytes"]]), json!([PART_SIZE_BYTES, 1000]));
    assert!(parts.iter().all(|part| part["arrived"].is_null()));

    let size = PART_SIZE_BYTES as usize;
    let last = world.send_part(&parts[1], bytes.slice(size..)).await.expect("the last part first");
    let seen = world.parts(&id, 1).await;
    assert_eq!(seen["data"][1]["arrived"], json!({ "etag": last, "size_bytes": 1000 }));
    assert!(seen["data"][0]["arrived"].is_null());
    world.send_part(&parts[0], bytes.slice(..size)).await.expect("the first part");

    let shown = world.shown(&id).await;
    assert_eq!(shown["state"], "pending");
    let completed = world.complete(&id, &json!({})).await;
    assert_eq!((completed.status, &completed.json["id"]), (StatusCode::OK, &json!(id)), "{completed:?}");
    world.settle().await;
    assert_eq!(world.state_of(&id).await, "ready");
    assert_eq!(world.original(&id).await, Some(bytes));
    world.assert_at_rest().await;
}

#[tokio::test]
async fn a_large_file_comes_in_parts_by_itself_and_a_small_one_when_asked_for() {
    let world = World::new().await;
    let announced = async |size: u64, multipart: Value| {
        let mut body = file(b"x");
        body["size_bytes"] = json!(size);
        body["multipart"] = multipart;
        world.post("/v1/uploads", &body, None).await.json
    };
    const UNDIVIDED: u64 = 16 * 1024 * 1024;
    let comes_in_parts = |json: &Value| (json["multipart"].is_object(), json["request"].is_object());
    assert_eq!(comes_in_parts(&announced(UNDIVIDED, Value::Null).await), (false, true));
    assert_eq!(comes_in_parts(&announced(UNDIVIDED + 1, Value::Null).await), (true, false));
    assert_eq!(comes_in_parts(&announced(1, json!(true)).await), (true, false));
    assert_eq!(comes_in_parts(&announced(4 * UNDIVIDED, json!(false)).await), (false, true));
    let largest = announced(5 * 1024 * 1024 * 1024, Value::Null).await;
    assert_eq!(largest["multipart"]["part_count"], 640);
    assert!(largest["links"]["parts"].is_string() && largest["links"]["complete"].is_string());
}

#[tokio::test]
async fn a_page_of_parts_says_where_the_next_begins() {
    let world = World::new().await;
    let mut body = file(b"x");
    body["size_bytes"] = json!(205 * PART_SIZE_BYTES);
    let id = world.announce_in_parts(&body).await;
    let (mut from, mut numbers) = (Some(1), Vec::new());
    while let Some(first) = from {
        let answer = world.get(&format!("/v1/uploads/{id}/parts?from={first}&limit=100")).await.json;
        let data = answer["data"].as_array().expect("parts").clone();
        assert!(data.len() <= 100);
        numbers.extend(data.iter().map(|part| part["number"].as_u64().expect("a number")));
        from = answer["next_from"].as_u64();
    }
    assert_eq!(numbers, (1..=205).collect::<Vec<u64>>());
}

#[tokio::test]
async fn requests_of_parts_end_and_are_made_anew_for_a_day() {
    let world = World::new().await;
    let bytes = Bytes::from_static(b"small");
    let id = world.announce_in_parts(&file(&bytes)).await;
    let old = world.parts(&id, 1).await;
    world.clock.advance(std::time::Duration::from_secs(15 * 60 + 1));
    assert_eq!(world.send_part(&old["data"][0], bytes.clone()).await, Err(StatusCode::FORBIDDEN));
    world.clock.advance(std::time::Duration::from_secs(20 * 60 * 60));
    world.send_parts(&id, &bytes).await;
    assert_eq!(world.complete(&id, &json!({})).await.status, StatusCode::OK);
}
