//! Refuses what is too large.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::bounds::{BODY_BYTES_MAX, HEADERS_BYTES_MAX, PATH_BYTES_MAX, QUERY_BYTES_MAX};
use crate::problem::{Code, Problem};

/// Checks the size of a request, and reads its body.
pub async fn bound(request: Request, next: Next) -> Response {
    if let Err(problem) = check(&request) {
        return problem.into_response();
    }
    let (parts, body) = request.into_parts();
    match to_bytes(body, BODY_BYTES_MAX).await {
        Ok(body) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err(_) => Problem::body_too_large().into_response(),
    }
}

fn check(request: &Request) -> Result<(), Problem> {
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    if path.len() > PATH_BYTES_MAX {
        let detail = format!("the path is longer than {PATH_BYTES_MAX} bytes");
        return Err(Problem::new(Code::UriTooLong, detail));
    }
    if query.len() > QUERY_BYTES_MAX {
        let detail = format!("the query is longer than {QUERY_BYTES_MAX} bytes");
        return Err(Problem::new(Code::UriTooLong, detail));
    }
    let headers: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if headers > HEADERS_BYTES_MAX {
        let detail = format!("the headers are larger than {HEADERS_BYTES_MAX} bytes");
        return Err(Problem::new(Code::HeadersTooLarge, detail));
    }
    Ok(())
}
