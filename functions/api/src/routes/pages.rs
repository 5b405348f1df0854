use axum::Extension;
use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};

use crate::openapi::{self, CACHE_CONTROL};
use crate::problem::{Code, Problem};
use crate::reference;
use crate::route::Route;

/// Styles stand in the page itself; nothing else is loaded.
const PAGE_POLICY: (HeaderName, HeaderValue) = (
    header::CONTENT_SECURITY_POLICY,
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
);

pub async fn reference(Extension(routes): Extension<&'static [Route]>) -> Response {
    page(reference::page(openapi::served(routes)))
}

pub async fn problem(Path(code): Path<String>) -> Result<Response, Problem> {
    let unknown = || Problem::new(Code::NotFound, format!("there is no problem {code:?}"));
    let code = Code::parse(&code).ok_or_else(unknown)?;
    Ok(page(reference::problem(code)))
}

fn page(html: String) -> Response {
    ([CACHE_CONTROL, PAGE_POLICY], Html(html)).into_response()
}
