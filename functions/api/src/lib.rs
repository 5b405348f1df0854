//! The HTTP API, behind API Gateway (HTTP API, payload version 2).

mod json;
mod problem;
mod routes;
mod views;

use std::sync::Arc;

use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, LambdaEvent};
use serde::Serialize;
use shared::app::App;
use shared::error::Fault;
use tower::ServiceExt;

pub async fn handle(
    app: Arc<App>,
    event: LambdaEvent<LambdaRequest>,
) -> Result<impl Serialize + use<>, Fault> {
    let adapter = Adapter::from(routes::router(app));
    adapter.oneshot(event).await.map_err(|error| match error {})
}
