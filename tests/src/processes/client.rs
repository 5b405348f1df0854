//! A client of a stack that listens, over plain HTTP.

use std::io;

use local::stack::Ready;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::acting::Folder;
use crate::world::Created;
use crate::world::announcement;

pub struct Client {
    url: String,
    authorization: String,
}

impl Client {
    pub fn of(ready: &Ready) -> Self {
        Self { url: ready.url.clone(), authorization: format!("Bearer {}", ready.api_key) }
    }

    /// `None` unless a stack on the folder listens.
    pub async fn listening(folder: &Folder) -> Option<Self> {
        let client = Self::of(&Ready::read(&folder.state())?);
        let (status, _) = client.get("/v1/uploads").await.ok()?;
        (status == 200).then_some(client)
    }

    pub async fn get(&self, path: &str) -> io::Result<(u16, Value)> {
        let headers = [("authorization", self.authorization.as_str())];
        let (status, body) = call("GET", &format!("{}{path}", self.url), &headers, b"").await?;
        Ok((status, serde_json::from_slice(&body)?))
    }

    pub async fn shown(&self, id: &str) -> Value {
        let (status, shown) = self.get(&format!("/v1/uploads/{id}")).await.unwrap();
        assert_eq!(status, 200, "{shown}");
        shown
    }

    pub async fn announce(&self, bytes: &[u8], steps: &[&str], idempotency_key: &str) -> Created {
        let headers = [
            ("authorization", self.authorization.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", idempotency_key),
        ];
        let body = announcement(bytes, steps).to_string();
        let url = format!("{}/v1/uploads", self.url);
        let (status, body) = call("POST", &url, &headers, body.as_bytes()).await.unwrap();
        assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
        let answer: Value = serde_json::from_slice(&body).unwrap();
        Created { id: answer["id"].as_str().unwrap().to_owned(), request: answer["request"].clone() }
    }

    pub async fn put(&self, created: &Created, bytes: &[u8]) {
        let headers = created.request["headers"].as_object().unwrap().iter();
        let headers: Vec<_> = headers.map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
        let url = created.request["url"].as_str().unwrap();
        let (status, body) = call("PUT", url, &headers, bytes).await.unwrap();
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    }

    pub async fn download(&self, url: &str) -> io::Result<(u16, Vec<u8>)> {
        call("GET", url, &[], b"").await
    }
}

/// Sends one request over a connection of its own, to the host of `url` unless a header names another.
pub async fn call(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<(u16, Vec<u8>)> {
    let uri: http::Uri = url.parse().map_err(io::Error::other)?;
    let authority = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
    let target = uri.path_and_query().map(|target| target.as_str()).unwrap_or_default();
    let mut head = format!("{method} {target} HTTP/1.1\r\nconnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "host") {
        head += &format!("host: {authority}\r\n");
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("content-length: {}\r\n\r\n", body.len());
    let mut connection = TcpStream::connect(authority).await?;
    connection.write_all(&[head.as_bytes(), body].concat()).await?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await?;
    parse(&answer).ok_or_else(|| io::Error::other("the answer was cut off"))
}

/// The status and the body of a whole answer.
fn parse(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?.to_ascii_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let body = answer[end + 4..].to_vec();
    let whole = length.is_none_or(|length| length.trim().parse() == Ok(body.len()));
    whole.then_some((status, body))
}
