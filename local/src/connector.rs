//! The network of functions that run in this process: the SDK's requests go straight to [`Aws`].
//!
//! This is where a test injects a fault into a call: before or after it took effect.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http::{HeaderValue, header};
use http_body_util::BodyExt;
use tokio::sync::Notify;

use crate::aws::Aws;
use crate::dynamodb;
use crate::http::{Request, Response};
use crate::invocations::{End, Invocations};
use crate::service::Service;

/// One request that a function makes of AWS or of the world.
#[derive(Clone, Debug)]
pub struct Call {
    /// Counts the calls of all functions, from 1, retries included.
    pub number: u64,
    pub function: String,
    /// Such as `UpdateItem`, `SendMessageBatch` or `GET /bucket/key`; to the world, `GET files.example/path`.
    pub operation: String,
    pub body: String,
}

/// The faults that are injected into a call.
#[derive(Clone, Debug, Default)]
pub enum InjectedFault {
    #[default]
    None,
    /// Refused before it took effect, in a way that the SDK does not retry.
    Refused,
    /// Refused before it took effect, with an error of this name that the SDK knows for a throttle.
    Throttled(&'static str),
    /// Answered with this status and body, before it took effect.
    Answered(u16, &'static str),
    /// Never answered: what waits for it must know for how long.
    Stalls,
    /// Took effect, and then never answered.
    StallsAfter,
    /// Took effect, then refused in a way that the SDK does not retry.
    RefusedAfter,
    /// Took effect, but the answer was lost: the SDK tries again.
    AnswerLost,
    /// The function dies before the call takes effect.
    Dies,
    /// The function dies after it took effect.
    DiesAfter,
    /// The call never ends, and the function is killed at its timeout.
    Hangs,
    /// The code panics.
    Panics,
    /// The function is paused before the call, its invocation given up; it goes on when told so.
    Paused(Arc<Notify>),
}

/// How a call ends for the function, if it ends.
pub(crate) enum Outcome<T> {
    Done(T),
    Refused,
    Throttled(&'static str),
    Answered(u16, &'static str),
    AnswerLost,
}

type Script = Box<dyn FnMut(&Call) -> InjectedFault + Send>;

/// Injects faults into calls by a script, and counts the calls. Clones share it.
#[derive(Clone, Default)]
pub struct FaultInjector(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    calls: u64,
    script: Option<Script>,
}

impl FaultInjector {
    /// Has `script` decide about every call from now on.
    pub fn set(&self, script: impl FnMut(&Call) -> InjectedFault + Send + 'static) {
        self.state().script = Some(Box::new(script));
    }

    pub fn clear(&self) {
        self.state().script = None;
    }

    /// How many calls functions have made.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// Makes one call of a function, with the fault that the script has for it.
    pub(crate) async fn carry<T>(
        &self,
        invocations: &Invocations,
        function: &str,
        operation: String,
        body: &[u8],
        call: impl Future<Output = T>,
    ) -> Outcome<T> {
        let fault = self.fault_for(function, operation.clone(), body);
        match &fault {
            InjectedFault::None => return Outcome::Done(call.await),
            InjectedFault::Refused => return Outcome::Refused,
            InjectedFault::Throttled(kind) => return Outcome::Throttled(kind),
            InjectedFault::Answered(status, body) => return Outcome::Answered(*status, body),
            InjectedFault::Stalls => return stall().await,
            InjectedFault::Panics => panic!("injected: the code panics in {operation}"),
            InjectedFault::Dies => return end(invocations, function, End::Dies).await,
            InjectedFault::Hangs => return end(invocations, function, End::Hangs).await,
            InjectedFault::Paused(go_on) => {
                invocations.end(function, End::Paused);
                go_on.notified().await;
                return Outcome::Done(call.await);
            }
            InjectedFault::RefusedAfter
            | InjectedFault::AnswerLost
            | InjectedFault::DiesAfter
            | InjectedFault::StallsAfter => {}
        }
        call.await;
        match fault {
            InjectedFault::DiesAfter => end(invocations, function, End::Dies).await,
            InjectedFault::StallsAfter => stall().await,
            InjectedFault::AnswerLost => Outcome::AnswerLost,
            _ => Outcome::Refused,
        }
    }

    fn fault_for(&self, function: &str, operation: String, body: &[u8]) -> InjectedFault {
        let mut state = self.state();
        state.calls += 1;
        let call = Call {
            number: state.calls,
            function: function.to_owned(),
            operation,
            body: String::from_utf8_lossy(body).into_owned(),
        };
        state.script.as_mut().map(|script| script(&call)).unwrap_or_default()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The network of one function.
#[derive(Clone)]
pub struct Connector {
    aws: Aws,
    function: String,
    injector: FaultInjector,
    invocations: Invocations,
}

impl Connector {
    pub fn network(
        aws: Aws,
        function: &str,
        injector: FaultInjector,
        invocations: Invocations,
    ) -> SharedHttpClient {
        SharedHttpClient::new(Self { aws, function: function.to_owned(), injector, invocations })
    }

    async fn carry(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = incoming(request).await?;
        let (operation, body) = (operation(&request), request.body().clone());
        let service = Service::of(&request);
        let call = async {
            // It takes effect at once: whoever gives up waiting changes nothing.
            let response = self.aws.call(request).await;
            self.aws.latency.of_call(service, body.len() + response.body().len()).await;
            response
        };
        match self.injector.carry(&self.invocations, &self.function, operation, &body, call).await {
            Outcome::Done(response) => outgoing(response),
            Outcome::Refused => outgoing(refusal()),
            Outcome::Throttled(kind) => outgoing(dynamodb::failure(kind, "injected: slow down")),
            Outcome::Answered(status, body) => outgoing(answer(status, body)),
            Outcome::AnswerLost => Err(ConnectorError::io("injected: the answer was lost".into())),
        }
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().carry(request))
    }
}

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        None
    }
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connector({})", self.function)
    }
}

fn operation(request: &Request) -> String {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    match (dynamodb::operation(request), target) {
        (Some(operation), _) => operation.to_owned(),
        (None, Some(target)) => target.rsplit('.').next().unwrap_or(target).to_owned(),
        (None, None) => match request.uri().query() {
            // The part of an object, where it is not the object itself.
            Some(query) if !query.starts_with("x-id=") => {
                format!("{} {}?{query}", request.method(), request.uri().path())
            }
            _ => format!("{} {}", request.method(), request.uri().path()),
        },
    }
}

/// Ends the invocation that a call belongs to; the call itself never returns.
async fn end<T>(invocations: &Invocations, function: &str, end: End) -> T {
    invocations.end(function, end);
    std::future::pending().await
}

/// Lets whoever waits see that the script moved the clock, and then never ends.
async fn stall<T>() -> T {
    tokio::task::yield_now().await;
    std::future::pending().await
}

fn answer(status: u16, body: &'static str) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    response
}

fn refusal() -> Response {
    let mut response = dynamodb::failure("com.amazon.coral.service#InjectedFault", "injected");
    *response.status_mut() = http::StatusCode::BAD_REQUEST;
    response
}

async fn incoming(request: HttpRequest) -> Result<Request, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (mut parts, body) = request.into_parts();
    // Signed, and otherwise added by whoever opens the connection.
    let host = parts.uri.authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok());
    if let Some(host) = host {
        parts.headers.entry(header::HOST).or_insert(host);
    }
    let body = body.collect().await.map_err(ConnectorError::user)?.to_bytes();
    Ok(Request::from_parts(parts, body))
}

fn outgoing(response: Response) -> Result<HttpResponse, ConnectorError> {
    let response = response.map(SdkBody::from);
    HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
}
