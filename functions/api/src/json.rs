//! Request bodies: bounded in size and depth, and refused with a problem document that says where they are wrong.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use shared::error::Rejected;

use crate::problem::Problem;

/// No request of the API needs more; serde_json bounds the depth at 128.
const BODY_BYTES_MAX: usize = 64 * 1024;

pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Serialize> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _state: &S) -> Result<Self, Problem> {
        let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !content_type.is_some_and(is_json) {
            return Err(Problem::unsupported_media_type());
        }
        let body = to_bytes(request.into_body(), BODY_BYTES_MAX);
        let body = body.await.map_err(|_| Problem::body_too_large(BODY_BYTES_MAX))?;
        let value = parse(&body).map_err(|detail| Rejected::Malformed { detail })?;
        Ok(Self(value))
    }
}

fn parse<T: DeserializeOwned + Serialize>(body: &[u8]) -> Result<T, String> {
    let value: T = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let sent: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let meant = serde_json::to_value(&value).map_err(|error| error.to_string())?;
    match array_for_object(&sent, &meant) {
        Some(pointer) => Err(format!("an array stands at {pointer:?} where an object belongs")),
        None => Ok(value),
    }
}

/// Where an array was sent for an object: serde takes the one for the other, which would make the order of fields public.
fn array_for_object(sent: &Value, meant: &Value) -> Option<String> {
    match (sent, meant) {
        (Value::Array(_), Value::Object(_)) => Some(String::new()),
        (Value::Array(sent), Value::Array(meant)) => {
            let pairs = sent.iter().zip(meant).enumerate();
            pairs.into_iter().find_map(|(index, (sent, meant))| below(&index.to_string(), sent, meant))
        }
        (Value::Object(sent), Value::Object(meant)) => {
            sent.iter().find_map(|(name, sent)| below(name, sent, meant.get(name)?))
        }
        _ => None,
    }
}

fn below(name: &str, sent: &Value, meant: &Value) -> Option<String> {
    array_for_object(sent, meant).map(|pointer| format!("/{name}{pointer}"))
}

fn is_json(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
