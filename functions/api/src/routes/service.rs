use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;
use shared::app::App;
use shared::operations;

use crate::openapi::{self, CACHE_CONTROL};
use crate::problem::{Code, Problem};
use crate::route::Route;

/// The table must answer within this.
const READY_WITHIN: Duration = Duration::from_secs(2);

pub async fn openapi(Extension(routes): Extension<&'static [Route]>) -> Response {
    ([CACHE_CONTROL], Json(openapi::served(routes))).into_response()
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
