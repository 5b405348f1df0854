//! The Runtime API, version 2018-06-01: what the processes call, each under a path of its own.
//!
//! `/lambda/<function>/<environment id>/2018-06-01/runtime/…`, which a process has from its
//! `AWS_LAMBDA_RUNTIME_API`.

use bytes::Bytes;
use http::{Method, StatusCode, header};
use serde::Deserialize;
use serde_json::json;
use shared::clock::Timestamp;
use tokio::sync::oneshot;

use super::invocation::Invocation;
use super::{InvokeError, Lambda, RESPONSE_BYTES_MAX};
use crate::http::{Request, Response};

/// Prefix of all paths of this API.
pub const PREFIX: &str = "/lambda/";

/// A call, and where its answer goes.
pub struct Call {
    pub kind: CallKind,
    pub reply: oneshot::Sender<Response>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum CallKind {
    /// Answered when there is an event.
    Next,
    Response {
        request_id: String,
        payload: Bytes,
    },
    Error {
        request_id: String,
        error: InvokeError,
    },
    InitError(InvokeError),
}

/// Passes the call on to its environment and waits, as long as it takes, for the answer.
pub async fn answer(lambda: &Lambda, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let path: Vec<&str> = head.uri.path().trim_start_matches(PREFIX).split('/').collect();
    let [function, environment_id, "2018-06-01", "runtime", action @ ..] = path.as_slice() else {
        return error(StatusCode::NOT_FOUND, "NotFound", "no such path in the Runtime API");
    };
    let Some(calls) = lambda.function(function).and_then(|function| function.pool.calls(environment_id))
    else {
        return error(StatusCode::NOT_FOUND, "NotFound", "no such execution environment");
    };
    let Some(kind) = parse(&head.method, action, body) else {
        return error(StatusCode::NOT_FOUND, "NotFound", "no such action in the Runtime API");
    };
    let (reply, response) = oneshot::channel();
    let gone = || error(StatusCode::GONE, "Gone", "the execution environment has ended");
    if calls.send(Call { kind, reply }).await.is_err() {
        return gone();
    }
    response.await.unwrap_or_else(|_| gone())
}

fn parse(method: &Method, action: &[&str], body: Bytes) -> Option<CallKind> {
    Some(match (method, action) {
        (&Method::GET, ["invocation", "next"]) => CallKind::Next,
        (&Method::POST, ["invocation", request_id, "response"]) => {
            CallKind::Response { request_id: (*request_id).to_owned(), payload: body }
        }
        (&Method::POST, ["invocation", request_id, "error"]) => {
            CallKind::Error { request_id: (*request_id).to_owned(), error: reported(&body) }
        }
        (&Method::POST, ["init", "error"]) => CallKind::InitError(reported(&body)),
        _ => return None,
    })
}

/// The error that a process reports; a body that is not in the documented form is the message.
fn reported(body: &[u8]) -> InvokeError {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Reported {
        #[serde(default)]
        error_type: String,
        #[serde(default)]
        error_message: String,
    }
    let Reported { error_type, error_message } = serde_json::from_slice(body).unwrap_or_else(|_| Reported {
        error_type: String::new(),
        error_message: String::from_utf8_lossy(body).into_owned(),
    });
    let error_type = if error_type.is_empty() { "Runtime.Unknown".to_owned() } else { error_type };
    InvokeError::Failed { error_type, message: error_message }
}

/// The answer to a poll: the invocation's payload, and its context as headers.
pub fn event(invocation: &Invocation, function_arn: &str, deadline: Timestamp) -> Response {
    let mut event = Response::new(invocation.payload().clone());
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", invocation.request_id().to_owned()),
        ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
        ("lambda-runtime-invoked-function-arn", function_arn.to_owned()),
        ("lambda-runtime-trace-id", trace_id(invocation.request_id(), deadline)),
    ];
    for (name, value) in headers {
        // A function's name that no header can hold leaves the header out.
        if let Ok(value) = value.parse() {
            event.headers_mut().insert(name, value);
        }
    }
    event
}

/// An unsampled X-Ray trace of this invocation alone.
fn trace_id(request_id: &str, at: Timestamp) -> String {
    let digits: String = request_id.chars().filter(char::is_ascii_hexdigit).collect();
    let (root, rest) = digits.split_at(digits.len().min(24));
    format!("Root=1-{:08x}-{root:0<24};Parent={rest:0<16};Sampled=0", at.as_secs())
}

pub fn accepted() -> Response {
    respond(StatusCode::ACCEPTED, json!({"status": "OK"}))
}

/// The call is not allowed now: a poll while an invocation is running, or an init error after the first poll.
pub fn invalid_state() -> Response {
    error(StatusCode::FORBIDDEN, "InvalidStateTransition", "the call is not allowed in this state")
}

pub fn invalid_request_id() -> Response {
    error(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID")
}

pub fn too_large() -> Response {
    let message = format!("Exceeded maximum allowed payload size ({RESPONSE_BYTES_MAX} bytes).");
    error(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message)
}

/// Returns the error for a caller whose answer was refused as [`too_large`].
pub fn response_too_large() -> InvokeError {
    InvokeError::Failed {
        error_type: "Function.ResponseSizeTooLarge".to_owned(),
        message: format!(
            "Response payload size exceeded maximum allowed payload size ({RESPONSE_BYTES_MAX} bytes)."
        ),
    }
}

fn error(status: StatusCode, error_type: &str, message: &str) -> Response {
    respond(status, json!({"errorType": error_type, "errorMessage": message}))
}

fn respond(status: StatusCode, body: serde_json::Value) -> Response {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reported_error_keeps_its_type_and_message() {
        let body = br#"{"errorType":"app::Broken","errorMessage":"no such job","stackTrace":["a"]}"#;
        let expected =
            InvokeError::Failed { error_type: "app::Broken".to_owned(), message: "no such job".to_owned() };
        let action = ["invocation", "id", "error"];
        assert_eq!(
            parse(&Method::POST, &action, Bytes::from_static(body)),
            Some(CallKind::Error { request_id: "id".to_owned(), error: expected })
        );
    }

    #[test]
    fn an_error_in_no_known_form_is_still_reported() {
        let expected =
            InvokeError::Failed { error_type: "Runtime.Unknown".to_owned(), message: "oh no".to_owned() };
        assert_eq!(reported(b"oh no"), expected);
    }

    #[test]
    fn only_the_documented_calls_exist() {
        assert_eq!(parse(&Method::GET, &["invocation", "next"], Bytes::new()), Some(CallKind::Next));
        assert_eq!(parse(&Method::POST, &["invocation", "next"], Bytes::new()), None);
        assert_eq!(parse(&Method::GET, &["invocation", "id", "response"], Bytes::new()), None);
        assert_eq!(parse(&Method::POST, &["restore", "error"], Bytes::new()), None);
    }

    #[test]
    fn an_event_carries_its_context() {
        let (invocation, _outcome) = Invocation::new(Bytes::from_static(b"{}"));
        let event = event(&invocation, "arn:aws:lambda:x", Timestamp::from_millis(1_700_000_000_123));
        assert_eq!(event.headers()["lambda-runtime-aws-request-id"], invocation.request_id());
        assert_eq!(event.headers()["lambda-runtime-deadline-ms"], "1700000000123");
        assert_eq!(event.headers()["lambda-runtime-invoked-function-arn"], "arn:aws:lambda:x");
        let trace = event.headers()["lambda-runtime-trace-id"].to_str().unwrap();
        assert!(trace.starts_with("Root=1-6553f100-") && trace.ends_with(";Sampled=0"), "{trace}");
    }
}
