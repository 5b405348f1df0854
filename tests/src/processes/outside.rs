//! A server on this machine, of which a stack may or may not fetch a file.

use local::logs::Logs;
use local::stack::{Options, Stack};
use serde_json::{Value, json};
use shared::clock::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::acting::{Folder, options};
use super::client::{Client, call};
use super::until_ready;
use crate::pictures;

/// Serves a picture to whoever asks, and returns its URL.
async fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/picture.png", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = connection.read(&mut request).await;
            let picture = pictures::small();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", picture.len());
            let _ = connection.write_all(&[head.as_bytes(), &picture].concat()).await;
        }
    });
    url
}

async fn post(stack: &Stack, url: &str) -> (u16, Value) {
    let authorization = format!("Bearer {}", stack.ready.api_key);
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let recipe = json!({ "steps": [{ "name": "thumb", "image": { "width": 8 } }] });
    let body = json!({ "source": { "url": url }, "recipe": recipe }).to_string();
    let to = format!("{}/v1/uploads", stack.ready.url);
    let (status, body) = call("POST", &to, &headers, body.as_bytes()).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_fetched_from_this_machine_only_when_that_is_allowed() {
    let url = server().await;
    for allow_loopback in [false, true] {
        let folder = Folder::new(&format!("outside-{allow_loopback}"));
        let options = Options { allow_loopback, ..options(&folder) };
        let stack = Stack::start(&options, Logs::in_memory(Clock::system())).await.unwrap();
        let (status, answer) = post(&stack, &url).await;
        if allow_loopback {
            assert_eq!(status, 201, "{answer}");
            let shown = until_ready(&Client::of(&stack.ready), answer["id"].as_str().unwrap()).await;
            assert_eq!(
                (&shown["filename"], &shown["content_type"]),
                (&json!("picture.png"), &json!("application/octet-stream"))
            );
            assert_eq!(post(&stack, "http://10.0.0.1/").await.0, 422, "nothing else is let through");
        } else {
            assert_eq!((status, &answer["errors"][0]["pointer"]), (422, &json!("/source/url")), "{answer}");
        }
        stack.stop().await;
    }
}
