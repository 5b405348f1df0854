//! Errors as RFC 9457 problem documents.

use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use shared::error::{Error, Problem as FieldProblem, Rejected};
use shared::metrics::{self, Metric};

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Where each code is explained.
const TYPE_BASE: &str = "https://millrace.dev/problems/";

#[derive(Debug, Serialize)]
pub struct Problem {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    /// Stable; what a program should look at.
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: Option<String>) -> Self {
        let kind = format!("{TYPE_BASE}{code}");
        Self { kind, title, status: status.as_u16(), code, detail, errors: Vec::new() }
    }

    pub async fn no_such_route(uri: Uri) -> Self {
        let detail = format!("there is nothing at {}", uri.path());
        Self::new(StatusCode::NOT_FOUND, "not_found", "Not found", Some(detail))
    }

    pub async fn method_not_allowed(method: Method, uri: Uri) -> Self {
        let detail = format!("{} does not take {method}", uri.path());
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Method not allowed", Some(detail))
    }

    pub fn unsupported_media_type() -> Self {
        let detail = "send JSON with Content-Type: application/json".to_owned();
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Self::new(status, "unsupported_media_type", "Unsupported media type", Some(detail))
    }

    pub fn body_too_large(bytes_max: usize) -> Self {
        let detail = format!("the body is larger than {bytes_max} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "Body too large", Some(detail))
    }
}

impl From<Rejected> for Problem {
    fn from(rejected: Rejected) -> Self {
        match rejected {
            Rejected::Unauthenticated { detail } => {
                Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Not authenticated", Some(detail))
            }
            Rejected::NotFound { detail } => {
                Self::new(StatusCode::NOT_FOUND, "not_found", "Not found", Some(detail))
            }
            Rejected::Malformed { detail } => {
                Self::new(StatusCode::BAD_REQUEST, "malformed", "Malformed request", Some(detail))
            }
            Rejected::Invalid { problems } => Self {
                errors: problems,
                ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Invalid fields", None)
            },
            Rejected::KeyReused => {
                let detail = "this Idempotency-Key came with another request before".to_owned();
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                Self::new(status, "idempotency_key_reused", "Idempotency-Key reused", Some(detail))
            }
        }
    }
}

impl From<Error> for Problem {
    /// A fault is logged here, whole, and hidden from the caller.
    fn from(error: Error) -> Self {
        match error {
            Error::Rejected(rejected) => rejected.into(),
            Error::Fault(fault) => {
                tracing::error!(error = fault.chain(), "the request failed");
                metrics::count(Metric::RequestsFaulted, None);
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal",
                    "Something went wrong on our side",
                    None,
                )
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(&self)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, CONTENT_TYPE);
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
