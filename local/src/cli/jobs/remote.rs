//! The API of a deployment, over the client that calls the world.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::Value;
use shared::clock::Clock;
use shared::outbound::{Client, Guard, Limits, Network, Request, Target};

use crate::cli::Failure;
use local::stack::Ready;
use local::state::State;

/// A little longer than API Gateway waits for its function.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(35);

/// A page of 100 jobs is smaller.
const ANSWER_BYTES_MAX: u64 = 4 * 1024 * 1024;

pub struct Remote {
    client: Client,
    /// Without a slash at its end.
    url: String,
    key: String,
}

impl Remote {
    /// The deployment at `url`, or the local stack that runs on the state in this folder.
    pub fn open(url: Option<&str>, key: Option<&str>, state: &State) -> Result<Self, Failure> {
        let (url, key) = match (url, key) {
            (Some(url), Some(key)) => (url.to_owned(), key.to_owned()),
            (None, None) => {
                let ready = match state {
                    State::Folder(folder) => Ready::read(folder),
                    State::Memory => None,
                };
                let ready =
                    ready.ok_or("no local stack: start one by cargo dev, or give --url and --api-key")?;
                (ready.url, ready.api_key)
            }
            _ => return Err("give both --url and --api-key, or neither".into()),
        };
        let guard = Guard { allow_loopback: true };
        let client = Client::new(Network::system(), guard, Clock::system());
        Ok(Self { client, url: url.trim_end_matches('/').to_owned(), key })
    }

    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, Failure> {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let separator = if query.is_empty() { "" } else { "?" };
        self.call(Method::GET, &format!("{path}{separator}{query}"), None, None).await
    }

    pub async fn post(&self, path: &str, body: &Value, key: Option<&str>) -> Result<Value, Failure> {
        self.call(Method::POST, path, Some(body.to_string().into()), key).await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Bytes>,
        idempotency_key: Option<&str>,
    ) -> Result<Value, Failure> {
        let target = Target::parse(&format!("{}{path}", self.url))?;
        let limits = Limits { time: ANSWER_TIME_MAX, body_bytes_max: ANSWER_BYTES_MAX };
        let authorization = HeaderValue::try_from(format!("Bearer {}", self.key))?;
        let mut request =
            Request::new(method, target, limits).header(header::AUTHORIZATION, authorization)?;
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key".parse()?, HeaderValue::try_from(key)?)?;
        }
        if let Some(body) = body {
            let json = HeaderValue::from_static("application/json");
            request = request.header(header::CONTENT_TYPE, json)?.body(body);
        }
        let response = self.client.send(request).await?;
        let status = response.status;
        let body = response.body.whole().await?;
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_success() { Ok(answer) } else { Err(refusal(status, &answer).into()) }
    }
}

/// A refusal on one line, with all that is wrong.
fn refusal(status: StatusCode, problem: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut line = format!("{} {}", status.as_u16(), text(&problem["title"]));
    if let Some(detail) = problem["detail"].as_str() {
        line.push_str(&format!(": {detail}"));
    }
    for error in problem["errors"].as_array().into_iter().flatten() {
        line.push_str(&format!("\n  {} {}", text(&error["pointer"]), text(&error["detail"])));
    }
    line
}
