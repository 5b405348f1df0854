//! How large a request may be. API Gateway has bounds of its own, which are larger.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::{Code, Problem};

/// No request of the API needs more.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
pub const PATH_BYTES_MAX: usize = 1024;
pub const QUERY_BYTES_MAX: usize = 4096;
/// Names and values of all headers together.
pub const HEADERS_BYTES_MAX: usize = 8 * 1024;

/// Refuses what is too large, and reads the body.
pub async fn bound(request: Request, next: Next) -> Response {
    if let Err(problem) = check(&request) {
        return problem.into_response();
    }
    let (parts, body) = request.into_parts();
    match to_bytes(body, BODY_BYTES_MAX).await {
        Ok(body) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err(_) => Problem::of_body(BODY_BYTES_MAX).into_response(),
    }
}

fn check(request: &Request) -> Result<(), Problem> {
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    if path.len() > PATH_BYTES_MAX {
        return Err(Problem::new(
            Code::UriTooLong,
            format!("the path is longer than {PATH_BYTES_MAX} bytes"),
        ));
    }
    if query.len() > QUERY_BYTES_MAX {
        return Err(Problem::new(
            Code::UriTooLong,
            format!("the query is longer than {QUERY_BYTES_MAX} bytes"),
        ));
    }
    let headers: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if headers > HEADERS_BYTES_MAX {
        let detail = format!("the headers are larger than {HEADERS_BYTES_MAX} bytes");
        return Err(Problem::new(Code::HeadersTooLarge, detail));
    }
    Ok(())
}

impl Problem {
    pub(crate) fn of_body(bytes_max: usize) -> Self {
        Self::new(Code::BodyTooLarge, format!("the body is larger than {bytes_max} bytes"))
    }
}
