//! Errors as RFC 9457 problem documents. [`Code`] is the closed list of them; the documentation is made from it.

use std::time::Duration;

use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use shared::error::{Bound, Error, Fault, FieldError, Rejected};
use shared::rate_limit::headers::retry_after_secs;

mod code;

pub use code::Code;

pub const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Why a request was refused. The pipeline renders it, with the id of the request.
#[derive(Clone, Debug)]
pub struct Problem {
    pub code: Code,
    detail: Option<String>,
    errors: Vec<FieldError>,
    /// Seconds.
    retry_after: Option<u64>,
    challenge: Option<String>,
    /// The chain of causes of a fault: for the log, and never for the caller.
    pub cause: Option<String>,
}

/// A problem as it is sent.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct Document {
    /// The path of a page of this API that explains the code.
    #[serde(rename = "type")]
    #[schemars(example = &"/docs/problems/invalid")]
    kind: String,
    #[schemars(example = &"Invalid fields")]
    title: &'static str,
    #[schemars(example = 422)]
    status: u16,
    /// Stable: for programs to decide by.
    code: Code,
    /// Says what is wrong with this request, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// With `invalid`: each field that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// The id of the request in the logs.
    #[schemars(example = &"0x63btzp3agp08j8m7d04ch2gm")]
    request_id: String,
}

impl Problem {
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::bare(code) }
    }

    fn bare(code: Code) -> Self {
        Self { code, detail: None, errors: Vec::new(), retry_after: None, challenge: None, cause: None }
    }

    pub fn rate_limited(retry_after: Duration) -> Self {
        let detail = "too many requests; the headers say which limit is used up and when to try again";
        Self::new(Code::RateLimited, detail).after(retry_after)
    }

    pub fn body_too_large(bytes_max: usize) -> Self {
        Self::new(Code::BodyTooLarge, format!("the body is larger than {bytes_max} bytes"))
    }

    fn after(self, retry_after: Duration) -> Self {
        Self { retry_after: Some(retry_after_secs(retry_after)), ..self }
    }

    pub async fn no_such_route(uri: Uri) -> Self {
        Self::new(Code::NotFound, format!("there is nothing at {}", uri.path()))
    }

    pub async fn method_not_allowed(method: Method, uri: Uri) -> Self {
        Self::new(Code::MethodNotAllowed, format!("{} does not take {method}", uri.path()))
    }

    /// A refusal of the framework as a problem of ours.
    pub fn of_status(status: StatusCode) -> Self {
        let code = Code::ALL.into_iter().find(|code| code.status() == status);
        let client = if status.is_client_error() { Code::Malformed } else { Code::Internal };
        Self::bare(code.unwrap_or(client))
    }

    pub fn caused_by(self, fault: &Fault) -> Self {
        Self { cause: Some(fault.chain()), ..self }
    }

    /// The document of the problem.
    pub fn document(&self, request_id: &str) -> Document {
        let code = self.code;
        Document {
            kind: format!("/docs/problems/{}", code.as_str()),
            title: code.title(),
            status: code.status().as_u16(),
            code,
            detail: self.detail.clone(),
            errors: self.errors.clone(),
            request_id: request_id.to_owned(),
        }
    }

    /// The problem as it is sent.
    pub fn render(&self, request_id: &str) -> Response {
        let mut response = (self.code.status(), axum::Json(self.document(request_id))).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, CONTENT_TYPE);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(Ok(challenge)) = self.challenge.as_deref().map(HeaderValue::from_str) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl From<Rejected> for Problem {
    fn from(rejected: Rejected) -> Self {
        match rejected {
            Rejected::Unauthenticated { detail } => {
                Self { challenge: Some("Bearer".to_owned()), ..Self::new(Code::Unauthenticated, detail) }
            }
            Rejected::Forbidden { detail } => Self {
                challenge: Some(r#"Bearer error="insufficient_scope""#.to_owned()),
                ..Self::new(Code::Forbidden, detail)
            },
            Rejected::NotFound { detail } => Self::new(Code::NotFound, detail),
            Rejected::Gone { detail } => Self::new(Code::Gone, detail),
            Rejected::Malformed { detail } => Self::new(Code::Malformed, detail),
            Rejected::Invalid { errors } => Self { errors, ..Self::bare(Code::Invalid) },
            Rejected::KeyReused => Self::new(
                Code::IdempotencyKeyReused,
                "another request was sent with this Idempotency-Key before",
            ),
            Rejected::InProgress { retry_after } => {
                let detail = "the first request with this Idempotency-Key is still running";
                Self::new(Code::RequestInProgress, detail).after(retry_after)
            }
            Rejected::PreconditionFailed => Self::new(
                Code::PreconditionFailed,
                "it has changed since the ETag in If-Match was read; read it again",
            ),
            Rejected::Conflict { detail } => Self::new(Code::Conflict, detail),
            Rejected::OverBound { bound, detail, retry_after } => {
                let code = match bound {
                    Bound::UploadsInFlight => Code::TooManyUploadsInFlight,
                    Bound::BytesInFlight => Code::TooManyBytesInFlight,
                    Bound::BytesStored | Bound::UploadsStored => Code::StorageFull,
                };
                Self::new(code, detail).after(retry_after)
            }
            Rejected::RateLimited { retry_after } => Self::rate_limited(retry_after),
            Rejected::LimitReached { detail } => Self::new(Code::LimitReached, detail),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Rejected(rejected) => rejected.into(),
            Error::Fault(fault) => fault.into(),
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::bare(Code::Internal).caused_by(&fault)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
