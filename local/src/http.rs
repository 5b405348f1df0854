//! One request and answer type for every emulated service: whole bodies, bounded by [`BODY_BYTES_MAX`].

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};

/// No body that reaches the local stack may be larger: the largest picture without compression, with room.
pub const BODY_BYTES_MAX: usize = 256 * 1024 * 1024;

pub type Request = http::Request<Bytes>;
pub type Response = http::Response<Bytes>;

/// An answer in the shape that API Gateway gives its own.
pub fn refusal(status: StatusCode, message: &str) -> Response {
    let mut response = Response::new(serde_json::json!({ "message": message }).to_string().into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
