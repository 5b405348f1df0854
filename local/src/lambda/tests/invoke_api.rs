//! The public Invoke API, as `aws lambda invoke` calls it.

use super::*;
use http::StatusCode;

async fn call(world: &World, function: &str, kind: &str, body: impl Into<Bytes>) -> Response {
    let request = http::Request::post(format!("/2015-03-31/functions/{function}/invocations"))
        .header("x-amz-invocation-type", kind)
        .body(body.into())
        .unwrap();
    world.lambda.call(request).await
}

#[tokio::test]
async fn an_answer_is_the_body() {
    let world = World::new().await;
    let response = call(&world, "test", "RequestResponse", "[1]").await;
    assert_eq!((response.status(), response.body().as_ref()), (StatusCode::OK, &b"[1]"[..]));
    assert!(!response.headers().contains_key("x-amz-function-error"));
    let response = call(&world, "test", "RequestResponse", "").await;
    assert_eq!(response.body().as_ref(), b"{}");
}

#[tokio::test]
async fn a_functions_failure_is_an_answer_that_says_so() {
    let world = World::new().await;
    for (what, error_type) in [("fail", None), ("exit", Some("Runtime.ExitError"))] {
        let response = call(&world, "test", "RequestResponse", json!({"do": what}).to_string()).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["x-amz-function-error"], "Unhandled");
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert!(error_type.is_none_or(|error_type| body["errorType"] == error_type), "{body}");
        assert!(body["errorMessage"].is_string(), "{body}");
    }
}

#[tokio::test]
async fn an_event_is_accepted_before_it_is_done() {
    let world = World::new().await;
    let response = call(&world, "test", "Event", world.gate_event().to_string()).await;
    assert_eq!((response.status(), response.body().len()), (StatusCode::ACCEPTED, 0));
    world.held().await.finish().await;
}

#[tokio::test]
async fn what_cannot_be_invoked_is_refused() {
    let world = World::new().await;
    let long = vec![b'1'; REQUEST_BYTES_MAX + 1];
    for (function, kind, body, status, error_type) in [
        ("other", "RequestResponse", b"{}".to_vec(), 404, "ResourceNotFoundException"),
        ("other", "Event", b"{}".to_vec(), 404, "ResourceNotFoundException"),
        ("other", "DryRun", b"{}".to_vec(), 404, "ResourceNotFoundException"),
        ("test", "Sometimes", b"{}".to_vec(), 400, "InvalidParameterValueException"),
        ("test", "Event", b"{".to_vec(), 400, "InvalidRequestContentException"),
        ("test", "RequestResponse", long.clone(), 413, "RequestEntityTooLargeException"),
        ("test", "Event", long, 413, "RequestEntityTooLargeException"),
    ] {
        let response = call(&world, function, kind, body).await;
        assert_eq!(response.status(), status, "{kind} {error_type}");
        assert_eq!(response.headers()["x-amzn-errortype"], error_type);
    }
    assert_eq!(call(&world, "test", "DryRun", "{}").await.status(), 204);
    assert!(world.process_ids().is_empty());
}

#[tokio::test]
async fn a_runtime_api_call_of_no_environment_is_refused() {
    let world = World::new().await;
    for path in ["/lambda/test/7/2018-06-01/runtime/invocation/next", "/lambda/test", "/lambda/"] {
        let request = http::Request::get(path).body(Bytes::new()).unwrap();
        assert_eq!(world.lambda.call(request).await.status(), 404, "{path}");
    }
}
