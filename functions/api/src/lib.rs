//! The HTTP API, behind API Gateway (HTTP API, payload version 2).

mod json;
mod problem;
mod routes;
mod views;

use std::convert::Infallible;
use std::sync::Arc;

use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, LambdaEvent};
use serde::Serialize;
use shared::app::App;
use shared::error::Fault;
use tower::Service;

pub async fn handle(
    app: Arc<App>,
    event: LambdaEvent<LambdaRequest>,
) -> Result<impl Serialize + use<>, Fault> {
    // The adapter cannot be held over an await: it is not `Send`.
    let answer = Adapter::from(routes::router(app)).call(event);
    answer.await.map_err(|error: Infallible| match error {})
}
