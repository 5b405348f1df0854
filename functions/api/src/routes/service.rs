use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};
use shared::app::App;
use shared::operations;

use super::ROUTES;
use crate::openapi;
use crate::problem::{Code, Problem};
use crate::reference;

/// What the function stands on must answer within this.
const READY_WITHIN: Duration = Duration::from_secs(2);

/// The document and the pages change only with a deployment.
const CACHE_CONTROL: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));

/// Styles stand in the page itself; nothing else is loaded.
const PAGE_POLICY: (HeaderName, HeaderValue) = (
    header::CONTENT_SECURITY_POLICY,
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
);

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| openapi::document(&ROUTES));

pub async fn openapi() -> Response {
    ([CACHE_CONTROL], Json(&*DOCUMENT)).into_response()
}

pub async fn reference() -> Response {
    ([CACHE_CONTROL, PAGE_POLICY], Html(reference::page(&DOCUMENT))).into_response()
}

pub async fn problem(Path(code): Path<String>) -> Result<Response, Problem> {
    let unknown = || Problem::new(Code::NotFound, format!("there is no problem {code:?}"));
    let code = Code::parse(&code).ok_or_else(unknown)?;
    Ok(([CACHE_CONTROL, PAGE_POLICY], Html(reference::problem(code))).into_response())
}

/// Needs nothing but the process itself.
pub async fn health() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

pub async fn readiness(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    match tokio::time::timeout(READY_WITHIN, operations::service::check_readiness(&app)).await {
        Ok(Ok(())) => Ok(Json(json!({ "status": "ok" })).into_response()),
        Ok(Err(fault)) => Err(Problem::new(Code::Unavailable, "the table does not answer").caused_by(&fault)),
        Err(_) => Err(Problem::new(Code::Unavailable, "the table takes too long to answer")),
    }
}
