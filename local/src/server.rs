//! A small HTTP/1.1 server for the emulated services: whole bodies in, whole bodies out.
//!
//! An idle connection is kept for as long as its client likes, because a frozen function keeps its own open.

use std::error::Error;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::http::{BODY_BYTES_MAX, Request, Response};

/// A request line and headers that are still incomplete at this size are answered 431.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Further clients wait in the listener's backlog.
const CONNECTIONS_MAX: usize = 1024;

/// Requests still running this long after the shutdown began are dropped.
const SHUTDOWN_TIME_MAX: Duration = Duration::from_secs(3);

/// The pause after a failed accept, so that a lack of file descriptors does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Answers requests on `listener` until `shutdown` completes, then lets the running ones finish for a while.
///
/// The client's [`SocketAddr`] is among the request's extensions. A body over [`BODY_BYTES_MAX`] is answered
/// 413 without the handler. A handler's future is dropped when its client hangs up.
pub async fn serve<Handler, Answer>(
    listener: TcpListener,
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
                connections.spawn(serve_connection(stream, peer, handler.clone(), stopping.subscribe()));
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
    let service = service_fn(|request| answer(request, peer, &handler));
    let connection =
        http1::Builder::new().max_buf_size(HEAD_BYTES_MAX).serve_connection(TokioIo::new(stream), service);
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
    handler: &Handler,
) -> Result<http::Response<Full<Bytes>>, Box<dyn Error + Send + Sync>>
where
    Handler: Fn(Request) -> Answer,
    Answer: Future<Output = Response>,
{
    let (mut head, body) = request.into_parts();
    let Some(body) = read(body, BODY_BYTES_MAX).await? else {
        return Ok(too_large().map(Full::new));
    };
    head.extensions.insert(peer);
    Ok(handler(Request::from_parts(head, body)).await.map(Full::new))
}

/// The whole body, or `None` if it is longer than `bytes_max`; what is declared too long is not read at all.
async fn read(body: Incoming, bytes_max: usize) -> Result<Option<Bytes>, Box<dyn Error + Send + Sync>> {
    if usize::try_from(body.size_hint().lower()).is_ok_and(|declared| declared > bytes_max) {
        return Ok(None);
    }
    match Limited::new(body, bytes_max).collect().await {
        Ok(collected) => Ok(Some(collected.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => Ok(None),
        Err(error) => Err(error),
    }
}

fn too_large() -> Response {
    let mut response = Response::new(Bytes::from_static(br#"{"message":"Request Entity Too Large"}"#));
    *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests;
