use std::sync::{Arc, Mutex};

use super::*;
use futures_util::FutureExt;
use serde_json::{Value, json};
use shared::clock::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::server::{self, Bounds};

/// The events that the function `api` got.
type Events = Arc<Mutex<Vec<Value>>>;

/// A gateway whose function always comes to `outcome`.
fn gateway(outcome: Result<Value, InvokeError>) -> (Gateway, Events) {
    let events = Events::default();
    let seen = Arc::clone(&events);
    let invoker = Invoker::InProcess(Arc::new(move |function, event| {
        assert_eq!(function, "api");
        seen.lock().unwrap().push(serde_json::from_slice(&event).unwrap());
        let outcome = outcome.clone().map(|answer| Bytes::from(answer.to_string()));
        async move { outcome }.boxed()
    }));
    (with_invoker(invoker), events)
}

fn with_invoker(invoker: Invoker) -> Gateway {
    throttled(invoker, None).0
}

fn throttled(invoker: Invoker, throttle: Option<Throttle>) -> (Gateway, Clock) {
    let cors = Cors { allow_origins: vec!["https://app.example".to_owned()], ..Cors::default() };
    let settings = Settings {
        account_id: "000000000000".to_owned(),
        api_id: "local".to_owned(),
        routes: vec![Route::parse("ANY /{proxy+}", "api").unwrap()],
        cors: Some(cors),
        throttle,
        integration_timeout: Duration::from_millis(1),
    };
    let clock = Clock::starting_at(Timestamp::from_millis(1_700_000_000_000));
    (Gateway::new(settings, invoker, clock.clone()), clock)
}

fn get(path: &str) -> http::request::Builder {
    http::Request::get(path).header("host", "localhost:4000")
}

async fn call(gateway: &Gateway, request: http::request::Builder, body: Bytes) -> Response {
    gateway.call(request.body(body).unwrap(), "127.0.0.1:5000".parse().unwrap()).await
}

fn message(response: &Response) -> (u16, Value) {
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
}

#[tokio::test]
async fn a_request_is_answered_by_its_function() {
    let (gateway, events) = gateway(Ok(json!({"statusCode": 201, "body": "made", "headers": {"x-a": "1"}})));
    let response = call(&gateway, get("/v1/uploads"), Bytes::new()).await;
    assert_eq!((response.status(), response.body().as_ref()), (StatusCode::CREATED, &b"made"[..]));
    assert_eq!(response.headers()["x-a"], "1");
    let events = events.lock().unwrap();
    assert_eq!(events[0]["pathParameters"]["proxy"], "v1/uploads");
    assert_eq!(events[0]["requestContext"]["http"]["sourceIp"], "127.0.0.1");
    assert_eq!(
        events[0]["requestContext"]["requestId"],
        response.headers()["apigw-requestid"].to_str().unwrap()
    );
}

#[tokio::test]
async fn what_is_over_the_stages_throttle_never_reaches_the_function() {
    let answers = Invoker::InProcess(Arc::new(|_, _| {
        async { Ok(Bytes::from_static(br#"{"statusCode":200}"#)) }.boxed()
    }));
    let (gateway, clock) = throttled(answers, Some(Throttle { per_second: 2, burst: 3 }));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(call(&gateway, get("/v1"), Bytes::new()).await.status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 429]);
    clock.advance(Duration::from_millis(499));
    let refused = call(&gateway, get("/v1"), Bytes::new()).await;
    assert_eq!(message(&refused), (429, json!({"message": "Too Many Requests"})));
    clock.advance(Duration::from_millis(1));
    assert_eq!(call(&gateway, get("/v1"), Bytes::new()).await.status(), 200);
}

#[tokio::test]
async fn a_failure_says_nothing_of_its_cause() {
    let failed = InvokeError::Failed { error_type: "secret".to_owned(), message: "secret".to_owned() };
    let crashed = InvokeError::Crashed { detail: "secret".to_owned() };
    for outcome in [
        Err(failed),
        Err(crashed),
        Err(InvokeError::TimedOut),
        Err(InvokeError::UnknownFunction),
        Ok(json!({"statusCode": "secret"})),
    ] {
        let (gateway, _) = gateway(outcome);
        let response = call(&gateway, get("/v1"), Bytes::new()).await;
        assert_eq!(message(&response), (500, json!({"message": "Internal Server Error"})));
    }
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_unavailable() {
    let never = Invoker::InProcess(Arc::new(|_, _| std::future::pending().boxed()));
    let response = call(&with_invoker(never), get("/v1"), Bytes::new()).await;
    assert_eq!(message(&response), (503, json!({"message": "Service Unavailable"})));
}

#[tokio::test]
async fn what_is_too_large_never_reaches_the_function() {
    let (gateway, events) = gateway(Ok(json!({"statusCode": 200})));
    let body = Bytes::from(vec![b'x'; BODY_BYTES_MAX + 1]);
    let response = call(&gateway, get("/v1"), body.clone()).await;
    assert_eq!(message(&response), (413, json!({"message": "Request Entity Too Large"})));
    let response =
        call(&gateway, get("/v1").header("x-long", "x".repeat(HEAD_BYTES_MAX)), Bytes::new()).await;
    assert_eq!(response.status(), 431);
    assert!(events.lock().unwrap().is_empty());
    let response = call(&gateway, get("/v1"), body.slice(1..)).await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn no_route_is_not_found() {
    let (gateway, _) = gateway(Ok(json!({"statusCode": 200})));
    let response = call(&gateway, get("/"), Bytes::new()).await;
    assert_eq!(message(&response), (404, json!({"message": "Not Found"})));
}

#[tokio::test]
async fn a_browser_may_read_every_answer_even_a_failure() {
    for outcome in [Ok(json!({"statusCode": 200})), Err(InvokeError::TimedOut)] {
        let (gateway, _) = gateway(outcome);
        let response = call(&gateway, get("/v1").header("origin", "https://app.example"), Bytes::new()).await;
        assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example");
        let response =
            call(&gateway, get("/v1").header("origin", "https://evil.example"), Bytes::new()).await;
        assert!(!response.headers().contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn a_preflight_never_reaches_the_function() {
    let (gateway, events) = gateway(Ok(json!({"statusCode": 200})));
    let request = http::Request::options("/v1")
        .header("origin", "https://app.example")
        .header("access-control-request-method", "PUT");
    assert_eq!(call(&gateway, request, Bytes::new()).await.status(), 204);
    assert!(events.lock().unwrap().is_empty());
}

/// The gateway's answer as a client on a socket gets it, from its first line to the end of the connection.
async fn on_the_wire(answer: Value, request: &str) -> Vec<u8> {
    let (gateway, _) = gateway(Ok(answer));
    let gateway = Arc::new(gateway);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let handler = move |request: Request| {
        let gateway = Arc::clone(&gateway);
        async move { gateway.call(request, "127.0.0.1:5000".parse().unwrap()).await }
    };
    tokio::spawn(server::serve(listener, Bounds::API, handler, std::future::pending()));
    let request = format!("{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    client.read_to_end(&mut bytes).await.unwrap();
    bytes
}

#[tokio::test]
async fn a_packed_body_and_every_cookie_reach_the_client_as_they_were_answered() {
    let answer = json!({
        "statusCode": 200,
        "headers": {"content-type": "application/json", "content-encoding": "gzip"},
        "cookies": ["a=1; HttpOnly", "b=2"],
        "body": "H4sA/wD/",
        "isBase64Encoded": true,
    });
    let bytes = on_the_wire(answer, "GET /v1").await;
    let (head, body) = bytes.split_at(bytes.len() - 6);
    assert_eq!(body, [0x1f, 0x8b, 0, 0xff, 0, 0xff]);
    let head = std::str::from_utf8(head).unwrap();
    for line in
        ["content-encoding: gzip", "content-length: 6", "set-cookie: a=1; HttpOnly", "set-cookie: b=2"]
    {
        assert_eq!(head.matches(&format!("\r\n{line}\r\n")).count(), 1, "{line} in {head}");
    }
}

#[tokio::test]
async fn a_head_and_an_answer_without_content_end_with_their_headers() {
    let bodiless = json!({"statusCode": 200, "headers": {"content-length": "1234", "etag": "\"x\""}});
    let head = String::from_utf8(on_the_wire(bodiless, "HEAD /v1").await).unwrap();
    assert!(head.contains("\r\ncontent-length: 1234\r\n") && head.ends_with("\r\n\r\n"), "{head}");

    let with_body = json!({"statusCode": 200, "body": "something"});
    let head = String::from_utf8(on_the_wire(with_body, "HEAD /v1").await).unwrap();
    assert!(head.contains("\r\ncontent-length: 9\r\n") && head.ends_with("\r\n\r\n"), "{head}");

    for status in [204, 304] {
        let answer = json!({"statusCode": status, "headers": {"content-length": "9"}, "body": "something"});
        let answer = String::from_utf8(on_the_wire(answer, "GET /v1").await).unwrap();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.ends_with("\r\n\r\n"),
            "{answer}"
        );
        assert!(!answer.contains("content-length"), "{answer}");
    }
}
