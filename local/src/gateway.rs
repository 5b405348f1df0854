//! API Gateway on this machine: an HTTP API whose routes invoke functions with payload format 2.0.
//!
//! Read `route`, `event`, `answer` and `cors`, which are pure, in that order; this file is what moves.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use shared::clock::Clock;

pub use self::route::Route;

use self::request_id::RequestIds;
use self::throttle::Bucket;
use crate::http::{Request, Response};
use crate::lambda::{InvokeError, Invoker};
use crate::template::{Cors, Throttle};

mod answer;
mod cors;
mod event;
mod request_id;
pub mod route;
mod throttle;

/// A request's body may not be larger.
const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// The request line and all headers together may not be larger.
const HEAD_BYTES_MAX: usize = 10_240;

/// API Gateway waits no longer for a function.
pub const INTEGRATION_TIMEOUT_MAX: Duration = Duration::from_secs(30);

pub struct Settings {
    pub account_id: String,
    pub api_id: String,
    pub routes: Vec<Route>,
    pub cors: Option<Cors>,
    /// The bound of the stage: how many requests reach the functions.
    pub throttle: Option<Throttle>,
    /// At most [`INTEGRATION_TIMEOUT_MAX`], whatever it says.
    pub integration_timeout: Duration,
}

pub struct Gateway {
    settings: Settings,
    invoker: Invoker,
    clock: Clock,
    request_ids: RequestIds,
    bucket: Option<Bucket>,
}

/// Why a request has no answer from a function; each has one of API Gateway's own.
enum Refusal {
    HeadTooLarge,
    BodyTooLarge,
    NoRoute,
    /// More requests come than the stage passes on.
    Throttled,
    /// The function failed, or answered what is not an HTTP response.
    Failed,
    /// The function took too long, or too many requests wait for it.
    Unavailable,
}

impl Gateway {
    pub fn new(settings: Settings, invoker: Invoker, clock: Clock) -> Self {
        let request_ids = RequestIds::starting_at(clock.now());
        let bucket = settings.throttle.map(|throttle| Bucket::full(throttle, clock.now()));
        Self { settings, invoker, clock, request_ids, bucket }
    }

    /// Handles one request of the client at `peer`.
    pub async fn call(&self, request: Request, peer: SocketAddr) -> Response {
        let cors = self.settings.cors.as_ref();
        if let Some(preflight) = cors.and_then(|cors| cors.preflight(&request)) {
            return preflight;
        }
        let origin = request.headers().get(header::ORIGIN).cloned();
        let method = request.method().clone();
        let request_id = self.request_ids.next();
        let mut response =
            self.integrate(request, peer, &request_id).await.unwrap_or_else(|refusal| refusal.response());
        answer::fit(&method, &mut response);
        if let (Some(cors), Some(origin)) = (cors, origin) {
            cors.apply(&origin, &mut response);
        }
        if let Ok(request_id) = HeaderValue::from_str(&request_id) {
            response.headers_mut().insert("apigw-requestid", request_id);
        }
        response
    }

    async fn integrate(
        &self,
        request: Request,
        peer: SocketAddr,
        request_id: &str,
    ) -> Result<Response, Refusal> {
        if head_bytes(&request) > HEAD_BYTES_MAX {
            return Err(Refusal::HeadTooLarge);
        }
        if request.body().len() > BODY_BYTES_MAX {
            return Err(Refusal::BodyTooLarge);
        }
        let path = percent_encoding::percent_decode_str(request.uri().path()).decode_utf8_lossy();
        let route = route::find(&self.settings.routes, request.method(), &path).ok_or(Refusal::NoRoute)?;
        if self.bucket.as_ref().is_some_and(|bucket| !bucket.take(self.clock.now())) {
            return Err(Refusal::Throttled);
        }
        let context = event::Context {
            account_id: &self.settings.account_id,
            api_id: &self.settings.api_id,
            request_id,
            route: &route,
            path: &path,
            source_ip: peer.ip(),
            now: self.clock.now(),
        };
        let event = serde_json::to_vec(&event::of(&request, &context)).map_err(|error| {
            tracing::error!(%error, "writing the event of a request");
            Refusal::Failed
        })?;
        self.invoke(route.function, Bytes::from(event)).await
    }

    async fn invoke(&self, function: &str, event: Bytes) -> Result<Response, Refusal> {
        let timeout = self.settings.integration_timeout.min(INTEGRATION_TIMEOUT_MAX);
        let answer = match tokio::time::timeout(timeout, self.invoker.invoke(function, event)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(InvokeError::TooLarge { .. })) => return Err(Refusal::BodyTooLarge),
            Ok(Err(InvokeError::Throttled)) => return Err(Refusal::Unavailable),
            Ok(Err(error)) => {
                tracing::error!(function, %error, "the function of a route failed");
                return Err(Refusal::Failed);
            }
            Err(_) => {
                tracing::error!(function, ?timeout, "the function of a route took too long");
                return Err(Refusal::Unavailable);
            }
        };
        answer::to_http(&answer).map_err(|error| {
            tracing::error!(function, %error, "the function of a route answered what is not an HTTP response");
            Refusal::Failed
        })
    }
}

impl Refusal {
    fn response(&self) -> Response {
        let (status, message) = match self {
            Self::HeadTooLarge => {
                (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large")
            }
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
            Self::NoRoute => (StatusCode::NOT_FOUND, "Not Found"),
            Self::Throttled => (StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"),
            Self::Failed => (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
        };
        crate::http::refusal(status, message)
    }
}

/// As the request was on the wire: its line, and each header with the separators.
fn head_bytes(request: &Request) -> usize {
    let line = request.method().as_str().len() + request.uri().to_string().len() + " HTTP/1.1\r\n ".len();
    let header = |(name, value): (&header::HeaderName, &HeaderValue)| name.as_str().len() + value.len() + 4;
    line + request.headers().iter().map(header).sum::<usize>()
}

#[cfg(test)]
mod tests;
