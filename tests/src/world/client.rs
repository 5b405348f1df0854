//! A client of the API.

use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use http::{Method, StatusCode};
use local::http::Request;
use serde_json::{Value, json};

use super::World;
use super::contract::assert_as_documented;

/// A client that gets a 5xx tries again this often, as one should.
const TRIES_MAX: u32 = 20;

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: http::HeaderMap,
    pub json: Value,
    pub body: Bytes,
}

/// An upload that was accepted, as the API answered it.
#[derive(Clone, Debug)]
pub struct Created {
    pub id: String,
    pub request: Value,
}

impl World {
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let mut request =
            http::Request::builder().method(method.clone()).uri(path).header("host", "api.local");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).expect("a test's request is valid");
        let response = self.gateway.call(request, SocketAddr::from((Ipv4Addr::LOCALHOST, 1))).await;
        if response.status().is_server_error() {
            let api = Some(("ApiId", "millrace-HttpApi"));
            self.cloudwatch.record(("AWS/ApiGateway", "5xx"), api, 1, self.clock.now());
        }
        let (parts, body) = response.into_parts();
        let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let answer = Answer { status: parts.status, headers: parts.headers, json, body };
        assert_as_documented(self.routes, &method, path, &answer);
        self.assert_no_promise_is_too_long(&answer.json);
        answer
    }

    /// Asserts that no URL claims to work for longer than the credentials do that it is signed with.
    fn assert_no_promise_is_too_long(&self, json: &Value) {
        match json {
            Value::String(text) if text.contains("X-Amz-Signature=") => {
                let url = text.parse().expect("a URL");
                assert!(!self.aws.promises_too_much(&url), "its signer's credentials end earlier: {text}");
            }
            Value::Array(items) => items.iter().for_each(|item| self.assert_no_promise_is_too_long(item)),
            Value::Object(fields) => {
                fields.values().for_each(|field| self.assert_no_promise_is_too_long(field))
            }
            _ => {}
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.get_as(&self.key, path).await
    }

    pub async fn get_as(&self, key: &str, path: &str) -> Answer {
        let authorization = format!("Bearer {key}");
        for _ in 0..TRIES_MAX {
            let answer = self.send(Method::GET, path, &[("authorization", &authorization)], "").await;
            if !answer.status.is_server_error() {
                return answer;
            }
        }
        panic!("the API answered {TRIES_MAX} times with 5xx");
    }

    /// Posts once.
    pub async fn post(&self, path: &str, body: &Value, idempotency_key: Option<&str>) -> Answer {
        let authorization = format!("Bearer {}", self.key);
        let mut headers =
            vec![("authorization", authorization.as_str()), ("content-type", "application/json")];
        headers.extend(idempotency_key.map(|key| ("idempotency-key", key)));
        self.send(Method::POST, path, &headers, body.to_string()).await
    }

    /// Puts JSON once.
    pub async fn put_json(&self, path: &str, body: &Value, if_match: Option<&str>) -> Answer {
        let authorization = format!("Bearer {}", self.key);
        let mut headers =
            vec![("authorization", authorization.as_str()), ("content-type", "application/json")];
        headers.extend(if_match.map(|tag| ("if-match", tag)));
        self.send(Method::PUT, path, &headers, body.to_string()).await
    }

    /// Deletes once.
    pub async fn delete(&self, path: &str, if_match: Option<&str>) -> Answer {
        let authorization = format!("Bearer {}", self.key);
        let mut headers = vec![("authorization", authorization.as_str())];
        headers.extend(if_match.map(|tag| ("if-match", tag)));
        self.send(Method::DELETE, path, &headers, "").await
    }

    /// Deletes an upload, trying again until it is done.
    pub async fn delete_upload(&self, id: &str) {
        for _ in 0..TRIES_MAX {
            let answer = self.delete(&format!("/v1/uploads/{id}"), None).await;
            if answer.status == StatusCode::NO_CONTENT {
                return;
            }
            assert!(answer.status.is_server_error(), "{answer:?}");
        }
        panic!("the API answered {TRIES_MAX} times with 5xx");
    }

    /// Announces `bytes` as a PNG with a thumbnail for each of `steps`, trying again until it is accepted.
    pub async fn announce(&mut self, bytes: &[u8], steps: &[&str]) -> Created {
        let body = announcement(bytes, steps);
        self.keys_used += 1;
        let key = format!("key-{}", self.keys_used);
        for _ in 0..TRIES_MAX {
            let answer = self.post("/v1/uploads", &body, Some(&key)).await;
            if answer.status == StatusCode::CREATED {
                return answer.created();
            }
            assert!(answer.status.is_server_error(), "{answer:?}");
        }
        panic!("the API answered {TRIES_MAX} times with 5xx");
    }

    /// Sends bytes as the API asked for it. A second answer that they are there already is as good as the first.
    pub async fn put(&self, created: &Created, bytes: &[u8]) -> StatusCode {
        self.put_to(created.request["url"].as_str().expect("a URL"), &created.request["headers"], bytes).await
    }

    pub async fn put_to(&self, url: &str, headers: &Value, bytes: &[u8]) -> StatusCode {
        let uri: http::Uri = url.parse().expect("a URL");
        let host = uri.host().unwrap_or_default().to_owned();
        let mut request = http::Request::builder()
            .method(Method::PUT)
            .uri(uri)
            .header("host", host)
            .header("content-length", bytes.len());
        for (name, value) in headers.as_object().into_iter().flatten() {
            request = request.header(name, value.as_str().unwrap_or_default());
        }
        let request: Request =
            request.body(Bytes::copy_from_slice(bytes)).expect("a test's request is valid");
        self.aws.call(request).await.status()
    }

    /// Reads what a URL that the API answered leads to.
    pub async fn download(&self, url: &str) -> (StatusCode, Bytes) {
        let uri: http::Uri = url.parse().expect("a URL");
        let host = uri.host().unwrap_or_default().to_owned();
        let request = http::Request::builder().uri(uri).header("host", host).body(Bytes::new());
        let response = self.aws.call(request.expect("a test's request is valid")).await;
        (response.status(), response.into_body())
    }

    /// Announces a picture and sends it: what happens next is up to the system.
    pub async fn upload(&mut self, bytes: &[u8], steps: &[&str]) -> String {
        let created = self.announce(bytes, steps).await;
        let status = self.put(&created, bytes).await;
        assert_eq!(status, StatusCode::OK);
        created.id
    }

    /// The upload as the API shows it.
    pub async fn shown(&self, id: &str) -> Value {
        let answer = self.get(&format!("/v1/uploads/{id}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json
    }

    pub async fn state_of(&self, id: &str) -> String {
        self.shown(id).await["state"].as_str().unwrap_or_default().to_owned()
    }
}

impl Answer {
    pub fn created(&self) -> Created {
        let id = self.json["id"].as_str().expect("an id").to_owned();
        Created { id, request: self.json["request"].clone() }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }
}

/// The body of a `POST /v1/uploads` that announces a PNG. The step `tiny<thumb` is called `tiny`, and works on `thumb`.
pub fn announcement(bytes: &[u8], steps: &[&str]) -> Value {
    let steps = steps.iter().map(|name| {
        let image = json!({ "width": 8, "height": 8, "fit": "cover", "format": "webp", "quality": 75 });
        match name.split_once('<') {
            Some((name, from)) => json!({ "name": name, "from": from, "image": image }),
            None => json!({ "name": name, "image": image }),
        }
    });
    json!({
        "filename": "picture.png",
        "content_type": "image/png",
        "size_bytes": bytes.len(),
        "recipe": { "steps": steps.collect::<Vec<_>>() },
    })
}
