//! The HTTP API, behind API Gateway (HTTP API, payload version 2).
//!
//! Read in this order: `routes` (every route, one line each), `pipeline` (the steps that each request passes through),
//! `call` and `reply` (what a handler receives and returns), `problem` (what can be wrong).

pub mod routes;

pub mod call;
pub mod openapi;
pub mod pipeline;
pub mod problem;
pub mod reply;
pub mod route;

mod bounds;
mod event;
mod parse;
pub mod path_parameter;
mod precondition;
mod reference;
mod request_identity;
mod views;

use std::convert::Infallible;
use std::sync::Arc;

use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, LambdaEvent};
use serde::Serialize;
use shared::app::App;
use shared::error::Fault;
use tower::Service;

use crate::route::Route;

pub async fn handle(
    app: Arc<App>,
    event: LambdaEvent<LambdaRequest>,
) -> Result<impl Serialize + use<>, Fault> {
    serve(&routes::ROUTES, app, event).await
}

/// Handles one event with these routes.
pub async fn serve(
    routes: &'static [Route],
    app: Arc<App>,
    event: LambdaEvent<LambdaRequest>,
) -> Result<impl Serialize + use<>, Fault> {
    let event = LambdaEvent { payload: event::fit(event.payload), context: event.context };
    // The adapter cannot be held over an await: it is not `Send`.
    let answer = Adapter::from(pipeline::around(routes, app)).call(event);
    answer.await.map_err(|error: Infallible| match error {})
}
