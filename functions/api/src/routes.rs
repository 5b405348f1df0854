//! Every route, in one place.

mod jobs;
mod uploads;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::routing::{get, post};
use shared::app::App;
use shared::operations;
use shared::tenant::Tenant;

use crate::problem::Problem;

pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/v1/uploads", post(uploads::create).get(uploads::list))
        .route("/v1/uploads/{id}", get(uploads::read))
        .route("/v1/jobs/{id}", get(jobs::read))
        .method_not_allowed_fallback(Problem::method_not_allowed)
        .fallback(Problem::no_such_route)
        .with_state(app)
}

/// The tenant whose API key the request carries; without one, the request goes no further.
struct Caller(Tenant);

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        Ok(Self(operations::authenticate(app, header).await?))
    }
}
