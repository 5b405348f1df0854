//! Refuses what is too large.

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use lambda_http::request::RequestContext;

use crate::bounds::{HEADERS_BYTES_MAX, JOBS_BYTES_MAX, PATH_BYTES_MAX, QUERY_BYTES_MAX};
use crate::problem::{Code, Problem};
use crate::route::Route;

/// Checks the size of a request, and reads its body, up to what any route takes.
pub async fn bound(request: Request, next: Next) -> Response {
    if let Err(problem) = check(&request) {
        return problem.into_response();
    }
    let (parts, body) = request.into_parts();
    match to_bytes(body, JOBS_BYTES_MAX).await {
        Ok(body) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err(_) => Problem::body_too_large(JOBS_BYTES_MAX).into_response(),
    }
}

/// Checks the size of a body that was read by what its route takes.
pub async fn bound_body(request: Request, next: Next) -> Response {
    let most =
        request.extensions().get::<&'static Route>().map_or(JOBS_BYTES_MAX, |route| route.body_bytes_max);
    let is_over = request.body().size_hint().lower() > most as u64;
    if is_over { Problem::body_too_large(most).into_response() } else { next.run(request).await }
}

fn check(request: &Request) -> Result<(), Problem> {
    if let Some(RequestContext::ApiGatewayV2(context)) = request.extensions().get()
        && context.http.path.as_deref().is_some_and(has_dot_segment)
    {
        return Err(Problem::new(Code::Malformed, "the path has a segment . or .."));
    }
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

/// Whether a path, encoded or not, has a segment that a URL parser would resolve: the request would reach another route
/// than the one that whoever stands before the API saw.
fn has_dot_segment(path: &str) -> bool {
    path.split(['/', '\\']).any(|segment| {
        let segment = segment.to_ascii_lowercase().replace("%2e", ".");
        segment == "." || segment == ".."
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_a_parser_would_resolve_is_seen_in_every_spelling() {
        for path in [
            "/docs/../v1/usage",
            "/docs/%2e%2E/v1/usage",
            "/docs/.%2e/x",
            "/./v1/usage",
            "/v1/..",
            "/a\\..\\b",
        ] {
            assert!(has_dot_segment(path), "{path}");
        }
        for path in ["/v1/uploads", "/v1/recipes/a.b", "/v1/recipes/..a", "/...", "/%252e%252e/x"] {
            assert!(!has_dot_segment(path), "{path}");
        }
    }
}
