//! Request bodies: bounded in size and depth, and refused with a problem document that says where they are wrong.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use shared::error::Rejected;

use crate::problem::Problem;

/// No request of the API needs more; serde_json bounds the depth at 128.
const BODY_BYTES_MAX: usize = 64 * 1024;

pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _state: &S) -> Result<Self, Problem> {
        let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !content_type.is_some_and(is_json) {
            return Err(Problem::unsupported_media_type());
        }
        let body = to_bytes(request.into_body(), BODY_BYTES_MAX);
        let body = body.await.map_err(|_| Problem::body_too_large(BODY_BYTES_MAX))?;
        let value = serde_json::from_slice(&body);
        Ok(Self(value.map_err(|error| Rejected::Malformed { detail: error.to_string() })?))
    }
}

fn is_json(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
