//! A small HTTP/1.1 server for the API and the emulated services: hyper, with bounds. Whole bodies in, whole bodies out.
//!
//! Malformed and endless heads are hyper's to refuse. A slow client holds up nobody but itself, and clients that do
//! nothing make way for others.

mod connections;
mod room;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Method, StatusCode, Version, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::connections::{Connection, Connections};
use self::room::{Room, Taken};
use crate::http::{BODY_BYTES_MAX, Request, Response, refusal};

/// A request line and headers of more bytes are answered 431. API Gateway's own bound is lower.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Requests of more header lines are answered 431.
const HEADERS_MAX: usize = 100;

/// A connection on which no whole head of a request comes for so long is closed.
const API_HEAD_TIME_MAX: Duration = Duration::from_secs(60);

/// A body that is still incomplete so long after its head is answered 408.
const API_BODY_TIME_MAX: Duration = Duration::from_secs(30);

/// As long as a presigned request lives.
const SERVICES_BODY_TIME_MAX: Duration = Duration::from_secs(15 * 60);

/// When so many are open, the one that has done nothing for the longest is closed. Further clients wait in the
/// listener's backlog while all are at work.
const CONNECTIONS_MAX: usize = 1024;

/// Total of all bodies that are read or worked on at once. Others wait for a while, and are then answered 503.
const BODIES_BYTES_MAX: usize = 512 * 1024 * 1024;

/// Requests still running this long after the shutdown began are dropped.
const SHUTDOWN_TIME_MAX: Duration = Duration::from_secs(3);

/// The pause after a failed accept, so that a lack of file descriptors does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The bounds on a client.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Until the head of its next request has come; without it, as long as nobody else needs the connection.
    pub head_time_max: Option<Duration>,
    pub body_time_max: Duration,
    pub connections_max: usize,
    pub bodies_bytes_max: usize,
    /// Whether it is answered after it has closed its side. Where it is not, a handler is dropped as soon as its client
    /// hangs up.
    pub half_closed: bool,
}

impl Bounds {
    pub const API: Self = Self {
        head_time_max: Some(API_HEAD_TIME_MAX),
        body_time_max: API_BODY_TIME_MAX,
        connections_max: CONNECTIONS_MAX,
        bodies_bytes_max: BODIES_BYTES_MAX,
        half_closed: true,
    };

    /// A frozen function keeps its connections open, and may be thawed at any time. One that was killed is known by its
    /// connection.
    pub const SERVICES: Self = Self {
        head_time_max: None,
        body_time_max: SERVICES_BODY_TIME_MAX,
        connections_max: CONNECTIONS_MAX,
        bodies_bytes_max: BODIES_BYTES_MAX,
        half_closed: false,
    };
}

/// Answers requests on `listener` until `shutdown` completes, then lets the running ones finish for a while.
///
/// The client's [`SocketAddr`] is among the request's extensions. A body over [`BODY_BYTES_MAX`] is answered
/// 413 without the handler.
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
    let (connections, room) = (Connections::default(), Room::of(bounds.bodies_bytes_max));
    let mut tasks = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let is_full = tasks.len() >= bounds.connections_max;
        if is_full {
            connections.dismiss_the_longest_idle();
        }
        tokio::select! {
            () = &mut shutdown => break,
            (stream, peer) = accept(&listener), if !is_full => {
                let client = Client { peer, bounds, room: room.clone(), connection: connections.enter() };
                tasks.spawn(serve_connection(stream, client, handler.clone(), stopping.subscribe()));
            }
            () = connections.one_is_idle(), if is_full => {}
            Some(_) = tasks.join_next() => {}
        }
    }
    drop(listener);
    stopping.send_replace(true);
    let finished = async { while tasks.join_next().await.is_some() {} };
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

/// Who is at the other end of a connection.
struct Client {
    peer: SocketAddr,
    bounds: Bounds,
    room: Room,
    connection: Connection,
}

async fn serve_connection<Handler, Answer>(
    stream: TcpStream,
    client: Client,
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
    let service = service_fn(async |request| {
        client.connection.begins().await;
        let answer = answer(request, &client, &handler).await;
        client.connection.ends();
        Ok::<_, Infallible>(answer)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(client.bounds.head_time_max)
        .half_close(client.bounds.half_closed)
        .max_headers(HEADERS_MAX)
        .max_header_size(HEAD_BYTES_MAX)
        .max_buf_size(2 * HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let mut served = pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = client.connection.is_dismissed() => return,
        () = stopped(stopping) => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, peer = %client.peer, "a connection ended early");
    }
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    drop(stopping.wait_for(|stopping| *stopping).await);
}

async fn answer<Handler, Answer>(
    request: http::Request<Incoming>,
    client: &Client,
    handler: &Handler,
) -> http::Response<Full<Bytes>>
where
    Handler: Fn(Request) -> Answer,
    Answer: Future<Output = Response>,
{
    let (mut head, body) = request.into_parts();
    if !is_for_an_origin(&head) {
        return last(StatusCode::BAD_REQUEST, "Bad Request");
    }
    // The room that the body takes up is released once the request is answered.
    let mut taken = client.room.none_taken();
    let body = tokio::time::timeout(client.bounds.body_time_max, read(body, &mut taken)).await;
    match body.unwrap_or(Err((StatusCode::REQUEST_TIMEOUT, "Request Timeout"))) {
        Ok(body) => {
            head.extensions.insert(client.peer);
            handler(Request::from_parts(head, body)).await.map(Full::new)
        }
        Err((status, message)) => last(status, message),
    }
}

/// Whether a request names one host, and a path there: what a proxy is asked for is not for this server.
fn is_for_an_origin(head: &http::request::Parts) -> bool {
    let hosts = head.headers.get_all(header::HOST).iter().count();
    let is_host_named = hosts == 1 || (hosts == 0 && head.version < Version::HTTP_11);
    is_host_named && head.method != Method::CONNECT && !head.uri.path().is_empty()
}

/// The whole body; one that is declared too long is not read at all.
async fn read(mut body: Incoming, taken: &mut Taken) -> Result<Bytes, (StatusCode, &'static str)> {
    const TOO_LARGE: (StatusCode, &str) = (StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    if body.size_hint().lower() > BODY_BYTES_MAX as u64 {
        return Err(TOO_LARGE);
    }
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // A chunk of the wrong form; a client that hung up hears nothing anyway.
        let frame = frame.map_err(|_| (StatusCode::BAD_REQUEST, "Bad Request"))?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        if bytes.len() + data.len() > BODY_BYTES_MAX {
            return Err(TOO_LARGE);
        }
        if !taken.grow_to(bytes.len() + data.len()).await {
            return Err((StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"));
        }
        bytes.extend_from_slice(data);
    }
    Ok(bytes.freeze())
}

/// The answer after which the connection is closed: what follows on it may be anything.
fn last(status: StatusCode, message: &str) -> http::Response<Full<Bytes>> {
    let mut response = refusal(status, message);
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response.map(Full::new)
}

#[cfg(test)]
mod tests;
