use axum::Extension;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::openapi::{self, CACHE_CONTROL};
use crate::problem::Code;
use crate::reference::{self, Reference};
use crate::route::Route;

pub async fn home() -> Response {
    page(StatusCode::OK, reference::home())
}

pub async fn overview(Extension(routes): Extension<&'static [Route]>) -> Response {
    page(StatusCode::OK, reference::overview(reference_of(routes)))
}

pub async fn operation(Extension(routes): Extension<&'static [Route]>, Path(name): Path<String>) -> Response {
    match reference::operation(reference_of(routes), &name) {
        Some(html) => page(StatusCode::OK, html),
        None => page(StatusCode::NOT_FOUND, reference::unknown_operation(&name)),
    }
}

pub async fn problem(Path(code): Path<String>) -> Response {
    match Code::parse(&code) {
        Some(code) => page(StatusCode::OK, reference::problem(code)),
        None => page(StatusCode::NOT_FOUND, reference::unknown_problem(&code)),
    }
}

fn reference_of(routes: &'static [Route]) -> Reference<'static> {
    Reference { routes, document: openapi::served(routes) }
}

fn page(status: StatusCode, html: String) -> Response {
    let mut response = (status, [CACHE_CONTROL], Html(html)).into_response();
    if let Ok(policy) = HeaderValue::from_str(&reference::content_security_policy()) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
