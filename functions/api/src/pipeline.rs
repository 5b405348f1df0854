//! The steps that every request passes through, in this order. A route says what it needs; nothing here knows a single
//! one.

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use shared::app::App;
use tower::ServiceBuilder;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

use crate::problem::Problem;
use crate::route::Route;

mod accept;
mod access;
mod bounds;
mod idempotency;
mod identity;
mod limits;
mod matching;
mod security;
mod shape;

/// Smaller responses gain nothing from being compressed.
const COMPRESSED_BYTES_MIN: u16 = 1024;

/// The routes, with everything around them.
pub fn around(routes: &'static [Route], app: Arc<App>) -> Router {
    let handlers =
        routes.iter().fold(Router::new(), |router, route| router.route(route.path, route.handler.clone()));
    let handlers = handlers
        .method_not_allowed_fallback(Problem::method_not_allowed)
        .fallback(Problem::no_such_route)
        .with_state(Arc::clone(&app));

    // Known here: which route it is.
    let of_route = ServiceBuilder::new()
        .layer(from_fn_with_state(routes, matching::find_route))
        .layer(from_fn(bounds::bound_body))
        .layer(from_fn(accept::negotiate))
        .layer(from_fn_with_state(Arc::clone(&app), access::authenticate))
        .layer(from_fn(access::authorise))
        .layer(from_fn_with_state(Arc::clone(&app), limits::limit_rate))
        .layer(from_fn(shape::shape))
        .layer(from_fn_with_state((Arc::clone(&app), handlers.clone()), idempotency::deduplicate));

    // Known here: that it is a request.
    let of_request = ServiceBuilder::new()
        .layer(from_fn(matching::head_as_get))
        .layer(from_fn_with_state(app, identity::identify))
        .layer(from_fn(security::protect))
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(COMPRESSED_BYTES_MIN)))
        .layer(from_fn(bounds::bound));

    Router::new().fallback_service(handlers.layer(of_route)).layer(of_request)
}
