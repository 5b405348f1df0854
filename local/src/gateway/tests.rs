use std::sync::{Arc, Mutex};

use super::*;
use futures_util::FutureExt;
use serde_json::{Value, json};
use shared::clock::Timestamp;

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
    let cors = Cors { allow_origins: vec!["https://app.example".to_owned()], ..Cors::default() };
    let settings = Settings {
        account_id: "000000000000".to_owned(),
        api_id: "local".to_owned(),
        routes: vec![Route::parse("ANY /{proxy+}", "api").unwrap()],
        cors: Some(cors),
        integration_timeout: Duration::from_millis(1),
    };
    Gateway::new(settings, invoker, Clock::starting_at(Timestamp::from_millis(1_700_000_000_000)))
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
