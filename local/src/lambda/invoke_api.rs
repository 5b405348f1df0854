//! The public Invoke API, so that `aws lambda invoke --endpoint-url …` works.
//!
//! An `Event` invocation is run once: retries of asynchronous invocations belong to the event sources.

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use serde::de::IgnoredAny;
use serde_json::json;

use super::{InvokeError, Lambda, begin};
use crate::http::{Request, Response};

pub const PREFIX: &str = "/2015-03-31/functions/";
const SUFFIX: &str = "/invocations";

/// An event may not be larger when its answer is not waited for.
const ASYNCHRONOUS_BYTES_MAX: usize = 1024 * 1024;

enum InvocationType {
    RequestResponse,
    Event,
    DryRun,
}

pub async fn answer(lambda: &Lambda, request: Request) -> Response {
    let name = request.uri().path().strip_prefix(PREFIX).and_then(|path| path.strip_suffix(SUFFIX));
    let (Some(name), &Method::POST) = (name, request.method()) else {
        return refuse(StatusCode::NOT_FOUND, "UnknownOperationException", "no such operation is emulated");
    };
    let name = function_name(name);
    let Some(kind) = invocation_type(&request) else {
        let message = "X-Amz-Invocation-Type must be RequestResponse, Event or DryRun";
        return refuse(StatusCode::BAD_REQUEST, "InvalidParameterValueException", message);
    };
    let payload = match request.into_body() {
        empty if empty.is_empty() => Bytes::from_static(b"{}"),
        payload => payload,
    };
    if let Err(error) = serde_json::from_slice::<IgnoredAny>(&payload) {
        let message = format!("Could not parse request body into json: {error}");
        return refuse(StatusCode::BAD_REQUEST, "InvalidRequestContentException", &message);
    }
    match kind {
        InvocationType::DryRun if lambda.function(&name).is_some() => empty(StatusCode::NO_CONTENT),
        InvocationType::DryRun => failed(&InvokeError::UnknownFunction, &name, None),
        InvocationType::RequestResponse => wait_for(lambda, &name, payload).await,
        InvocationType::Event => send_off(lambda, name, payload),
    }
}

async fn wait_for(lambda: &Lambda, name: &str, payload: Bytes) -> Response {
    let begun = lambda
        .function(name)
        .ok_or(InvokeError::UnknownFunction)
        .and_then(|function| begin(function, payload));
    let (request_id, outcome) = match begun {
        Ok(begun) => begun,
        Err(error) => return failed(&error, name, None),
    };
    match outcome.await {
        Ok(payload) => {
            let mut response = json_response(StatusCode::OK, payload);
            add_header(&mut response, "x-amz-executed-version", "$LATEST");
            add_header(&mut response, "x-amzn-requestid", &request_id);
            response
        }
        Err(error) => failed(&error, name, Some(&request_id)),
    }
}

fn send_off(lambda: &Lambda, name: String, payload: Bytes) -> Response {
    if lambda.function(&name).is_none() {
        return failed(&InvokeError::UnknownFunction, &name, None);
    }
    if payload.len() > ASYNCHRONOUS_BYTES_MAX {
        let message = format!(
            "{} byte payload is too large for the Event invocation type (limit {ASYNCHRONOUS_BYTES_MAX} bytes)",
            payload.len()
        );
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException", &message);
    }
    let lambda = lambda.clone();
    tokio::spawn(async move {
        if let Err(error) = lambda.invoke(&name, payload).await {
            tracing::warn!(function = name, %error, "an asynchronous invocation failed");
        }
    });
    empty(StatusCode::ACCEPTED)
}

/// A function's failure is an answer, 200 with a header that says so; anything else is the service's refusal.
fn failed(error: &InvokeError, name: &str, request_id: Option<&str>) -> Response {
    match error {
        InvokeError::Failed { error_type, message } => function_error(error_type, message),
        InvokeError::TimedOut | InvokeError::Crashed { .. } => {
            let message = format!("RequestId: {} Error: {error}", request_id.unwrap_or_default());
            function_error(error.error_type(), &message)
        }
        InvokeError::Throttled => {
            refuse(StatusCode::TOO_MANY_REQUESTS, error.error_type(), &error.to_string())
        }
        InvokeError::TooLarge { .. } => {
            refuse(StatusCode::PAYLOAD_TOO_LARGE, error.error_type(), &error.to_string())
        }
        InvokeError::UnknownFunction => {
            refuse(StatusCode::NOT_FOUND, error.error_type(), &format!("{error}: {name}"))
        }
    }
}

fn function_error(error_type: &str, message: &str) -> Response {
    let body = json!({"errorType": error_type, "errorMessage": message});
    let mut response = json_response(StatusCode::OK, Bytes::from(body.to_string()));
    add_header(&mut response, "x-amz-function-error", "Unhandled");
    add_header(&mut response, "x-amz-executed-version", "$LATEST");
    response
}

fn refuse(status: StatusCode, error_type: &str, message: &str) -> Response {
    let body = json!({"Type": "User", "Message": message, "message": message});
    let mut response = json_response(status, Bytes::from(body.to_string()));
    add_header(&mut response, "x-amzn-errortype", error_type);
    response
}

fn json_response(status: StatusCode, body: Bytes) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

fn add_header(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn invocation_type(request: &Request) -> Option<InvocationType> {
    match request.headers().get("x-amz-invocation-type").map(HeaderValue::as_bytes) {
        None | Some(b"RequestResponse") => Some(InvocationType::RequestResponse),
        Some(b"Event") => Some(InvocationType::Event),
        Some(b"DryRun") => Some(InvocationType::DryRun),
        Some(_) => None,
    }
}

/// The name in a name, a partial ARN (`account:function:name`) or an ARN, each perhaps with a qualifier.
fn function_name(given: &str) -> String {
    let given = percent_encoding::percent_decode_str(given).decode_utf8_lossy();
    let name = given.rsplit_once("function:").map_or(&*given, |(_, name)| name);
    name.split(':').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_found_by_name_and_by_arn() {
        for given in [
            "media",
            "media:$LATEST",
            "000000000000:function:media",
            "arn:aws:lambda:us-east-1:000000000000:function:media:live",
            "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Amedia",
        ] {
            assert_eq!(function_name(given), "media", "{given}");
        }
    }
}
