//! A small HTTP/1.1 server for the API and the emulated services: whole bodies in, whole bodies out.
//!
//! What reaches a handler is well-formed, bounded and came in time; all else is answered here, as API Gateway answers
//! before its functions. A slow client holds up nobody but itself.

mod framing;
mod gate;
mod head;
mod refusal;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::gate::{Gate, Unanswered};
use self::refusal::Refusal;
use crate::http::{BODY_BYTES_MAX, Request, Response};

/// A request line and headers of more bytes are answered 431. API Gateway's own bound is lower.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// A request line and headers that are still incomplete so long after their first byte are answered 408.
const HEAD_TIME_MAX: Duration = Duration::from_secs(10);

/// A body that is still incomplete so long after its head is answered 408.
const API_BODY_TIME_MAX: Duration = Duration::from_secs(30);

/// As long as a presigned request lives.
const SERVICES_BODY_TIME_MAX: Duration = Duration::from_secs(15 * 60);

/// A connection on which no request is begun for so long is closed.
const API_IDLE_TIME_MAX: Duration = Duration::from_secs(60);

/// Further clients wait in the listener's backlog.
const CONNECTIONS_MAX: usize = 1024;

/// Requests still running this long after the shutdown began are dropped.
const SHUTDOWN_TIME_MAX: Duration = Duration::from_secs(3);

/// The pause after a failed accept, so that a lack of file descriptors does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub head_time_max: Duration,
    pub body_time_max: Duration,
    /// Between requests; without it, as long as the client likes.
    pub idle_time_max: Option<Duration>,
}

impl Bounds {
    pub const API: Self = Self {
        head_time_max: HEAD_TIME_MAX,
        body_time_max: API_BODY_TIME_MAX,
        idle_time_max: Some(API_IDLE_TIME_MAX),
    };

    /// A frozen function keeps its connections open, and may be thawed at any time.
    pub const SERVICES: Self =
        Self { head_time_max: HEAD_TIME_MAX, body_time_max: SERVICES_BODY_TIME_MAX, idle_time_max: None };
}

/// Answers requests on `listener` until `shutdown` completes, then lets the running ones finish for a while.
///
/// The client's [`SocketAddr`] is among the request's extensions. A body over [`BODY_BYTES_MAX`] is answered
/// 413 without the handler. A handler's future is dropped when its client hangs up.
pub async fn serve<Handler, Answer>(
    listener: TcpListener,
    bounds: Bounds,
    handler: Handler,
    shutdown: impl Future<Output = ()>,
) where
    Handler: Fn(Request) -> Answer + Clone + Send + Sync + 'static,
    Answer: Future<Output = Response> + Send + 'static,
{
    let (stopping, _) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            (stream, peer) = accept(&listener), if connections.len() < CONNECTIONS_MAX => {
                connections.spawn(serve_connection(stream, peer, bounds, handler.clone(), stopping.subscribe()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    stopping.send_replace(true);
    let finished = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(SHUTDOWN_TIME_MAX, finished).await.is_err() {
        tracing::debug!("dropped the requests that outlasted the shutdown");
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                tracing::warn!(%error, "accepting a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve_connection<Handler, Answer>(
    stream: TcpStream,
    peer: SocketAddr,
    bounds: Bounds,
    handler: Handler,
    stopping: watch::Receiver<bool>,
) where
    Handler: Fn(Request) -> Answer,
    Answer: Future<Output = Response>,
{
    // Without it an answer in two packets waits for the client's delayed acknowledgement, 40 ms.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "setting TCP_NODELAY");
    }
    let unanswered = Unanswered::default();
    let gate = Gate::new(stream, bounds, unanswered.clone());
    let service = service_fn(async |request| {
        let answer = answer(request, peer, bounds.body_time_max, &handler).await;
        unanswered.one_is_answered();
        Ok::<_, Infallible>(answer)
    });
    // The gate has bounded the head by the time that the library sees it.
    let connection = http1::Builder::new()
        .max_headers(head::HEADERS_MAX)
        .max_buf_size(2 * HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(gate), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(stopping) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, %peer, "a connection ended early");
    }
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    drop(stopping.wait_for(|stopping| *stopping).await);
}

async fn answer<Handler, Answer>(
    request: http::Request<Incoming>,
    peer: SocketAddr,
    body_time_max: Duration,
    handler: &Handler,
) -> http::Response<Full<Bytes>>
where
    Handler: Fn(Request) -> Answer,
    Answer: Future<Output = Response>,
{
    let (mut head, body) = request.into_parts();
    let body = tokio::time::timeout(body_time_max, read(body, BODY_BYTES_MAX)).await;
    let response = match body.unwrap_or(Err(Refusal::TooSlow)) {
        Ok(body) => {
            head.extensions.insert(peer);
            handler(Request::from_parts(head, body)).await
        }
        Err(refusal) => refusal.response(),
    };
    response.map(Full::new)
}

/// The whole body; one that is declared too long is not read at all.
async fn read(body: Incoming, bytes_max: usize) -> Result<Bytes, Refusal> {
    if usize::try_from(body.size_hint().lower()).is_ok_and(|declared| declared > bytes_max) {
        return Err(Refusal::BodyTooLarge);
    }
    match Limited::new(body, bytes_max).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::BodyTooLarge),
        // A chunk of the wrong form; a client that hung up hears nothing anyway.
        Err(_) => Err(Refusal::Malformed),
    }
}

#[cfg(test)]
mod tests;
