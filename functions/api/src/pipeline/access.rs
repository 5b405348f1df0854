//! Who calls, and whether they may.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shared::api_key::Caller;
use shared::app::App;
use shared::error::{Error, Rejected};
use shared::operations;

use super::limits;
use crate::problem::Problem;
use crate::route::{Access, Route};

/// Puts the caller among the request's extensions. Without a good key, the request goes no further.
pub async fn authenticate(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    if needed(&request).is_none() {
        return next.run(request).await;
    }
    let stranger = limits::address_of(&request);
    let header =
        request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
    match operations::api_keys::authenticate(&app, header.as_deref()).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller.clone());
            let mut response = next.run(request).await;
            // For the log.
            response.extensions_mut().insert(caller);
            response
        }
        Err(Error::Rejected(rejected)) => {
            limits::refuse_stranger(&app, stranger.as_ref(), rejected.into()).await
        }
        Err(Error::Fault(fault)) => Problem::from(fault).into_response(),
    }
}

/// Lets a request through whose key has the scope that its route needs.
pub async fn authorise(request: Request, next: Next) -> Response {
    let scopes = request.extensions().get::<Caller>().map(|caller| &caller.scopes);
    match needed(&request) {
        Some(scope) if !scopes.is_some_and(|scopes| scopes.contains(&scope)) => {
            let detail = format!("this needs the scope {scope}, which the API key has not");
            Problem::from(Rejected::Forbidden { detail }).into_response()
        }
        _ => next.run(request).await,
    }
}

fn needed(request: &Request) -> Option<shared::scope::Scope> {
    match request.extensions().get::<&'static Route>()?.access {
        Access::Public => None,
        Access::Needs(scope) => Some(scope),
    }
}
