//! `Idempotency-Key`: a repeated request has its effect once.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shared::api_key::Caller;
use shared::app::App;
use shared::error::{Fault, Result};
use shared::id::encode;
use shared::idempotency::{IdempotencyKey, RecordedAnswer, fingerprint};
use shared::operations::requests::{Lease, Leased, lease_request};
use shared::request_id::RequestId;
use tower::ServiceExt;

use crate::bounds::JOBS_BYTES_MAX;
use crate::parse;
use crate::precondition::Precondition;
use crate::problem::Problem;
use crate::reply::IDEMPOTENCY_REPLAYED;
use crate::request_identity::RequestIdentity;
use crate::route::{Idempotency, Route};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Reads the key, and leases the record of a request whose effect leaves none.
///
/// The body was read before this, and the handler runs after: a request that is refused without an effect frees its key.
pub async fn deduplicate(
    State((app, handlers)): State<(Arc<App>, Router)>,
    mut request: Request,
    next: Next,
) -> Response {
    let extensions = request.extensions();
    let (Some(route), Some(caller)) =
        (extensions.get::<&'static Route>().copied(), extensions.get::<Caller>().cloned())
    else {
        return next.run(request).await;
    };
    // Before a replay as well, which calls no handler.
    if let Err(rejected) = Precondition::read(request.headers()) {
        return Problem::from(rejected).into_response();
    }
    // Several headers are one list, as API Gateway hands them over.
    let sent: Vec<&[u8]> =
        request.headers().get_all(IDEMPOTENCY_KEY).iter().map(HeaderValue::as_bytes).collect();
    let sent = (!sent.is_empty()).then(|| sent.join(&b','));
    let key = match sent.map(|key| IdempotencyKey::parse(&key)) {
        Some(Err(rejected)) => return Problem::from(rejected).into_response(),
        Some(Ok(key)) => Some(key).filter(|_| route.idempotency != Idempotency::Inherent),
        None => None,
    };
    let name = match &key {
        Some(key) => key.request_name(&caller.tenant, &format!("{} {}", route.method, route.path)),
        None => encode(app.ids.next()),
    };
    let needs_record = key.is_some() && route.idempotency == Idempotency::Record;
    request.extensions_mut().insert(RequestIdentity { key, name: name.clone() });
    if !needs_record {
        return next.run(request).await;
    }
    match lease(&app, &caller, &name, request).await {
        Ok((Leased::Begun(lease), request)) => record_end(&app, &lease, next.run(request).await).await,
        Ok((Leased::Replayed(answer), request)) => {
            let id = request.extensions().get::<RequestId>().cloned();
            replay(handlers, caller, &answer, id).await
        }
        Err(error) => Problem::from(error).into_response(),
    }
}

async fn lease(app: &App, caller: &Caller, name: &str, request: Request) -> Result<(Leased, Request)> {
    let (parts, body) = request.into_parts();
    let reading = |error| Fault::new("reading the body", error);
    let body: Bytes = to_bytes(body, JOBS_BYTES_MAX).await.map_err(reading)?;
    // The handler refuses a body that is no JSON, before any effect.
    let canonical = parse::json(&body).unwrap_or_default();
    let print = fingerprint(&(parts.method.as_str(), parts.uri.path(), canonical));
    let leased = lease_request(app, &caller.tenant, name, &print).await?;
    Ok((leased, Request::from_parts(parts, Body::from(body))))
}

/// Records how the request ended. Where that fails, a repeated request goes on under the same name.
async fn record_end(app: &App, lease: &Lease, response: Response) -> Response {
    let status = response.status();
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let recorded = if status.is_server_error() {
        lease.release(app).await
    } else if status.is_client_error() {
        lease.forget(app).await
    } else {
        let answer = RecordedAnswer { status: status.as_u16(), location: location.map(str::to_owned) };
        lease.finish(app, &answer).await
    };
    if let Err(fault) = recorded {
        tracing::error!(error = fault.chain(), "the end of a request was not recorded");
    }
    response
}

/// Returns the status and `Location` of the first response, with the thing as it is now.
async fn replay(
    handlers: Router,
    caller: Caller,
    answer: &RecordedAnswer,
    request_id: Option<RequestId>,
) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = match &answer.location {
        None => status.into_response(),
        Some(location) => {
            let mut read = Request::new(Body::empty());
            *read.method_mut() = Method::GET;
            *read.uri_mut() = location.parse().unwrap_or_default();
            if let Some(id) = request_id {
                read.extensions_mut().insert(id);
            }
            read.extensions_mut().insert(caller);
            read.extensions_mut().insert(RequestIdentity { key: None, name: String::new() });
            let mut shown = handlers.oneshot(read).await.unwrap_or_else(|error| match error {});
            if shown.status().is_success() {
                *shown.status_mut() = status;
            }
            shown
        }
    };
    let location = answer.location.as_deref().and_then(|location| HeaderValue::from_str(location).ok());
    if let Some(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    response
}
