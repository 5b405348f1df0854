//! A connection that carries its own server: whoever waits for it runs both ends, so that a fault, a panic or a moved clock
//! meets the function itself, and nothing runs on after it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

use super::Body;

/// How much is on the way at most, in each direction.
const ON_THE_WAY_BYTES: usize = 64 * 1024;

pub struct Connection {
    near: DuplexStream,
    /// `None` once the server has closed the connection.
    server: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

/// A connection to a server that handles requests so.
pub fn to<F>(handle: impl Fn(http::Request<Incoming>) -> F + Send + 'static) -> Connection
where
    F: Future<Output = io::Result<http::Response<Body>>> + Send + 'static,
{
    let (near, far) = tokio::io::duplex(ON_THE_WAY_BYTES);
    let server = async move {
        // An error is a connection that was cut off, which the other end sees.
        let _ = http1::Builder::new().serve_connection(TokioIo::new(far), service_fn(handle)).await;
    };
    Connection { near, server: Some(Box::pin(server)) }
}

impl Connection {
    fn run_server(&mut self, context: &mut Context<'_>) {
        if self.server.as_mut().is_some_and(|server| server.as_mut().poll(context).is_ready()) {
            self.server = None;
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.run_server(context);
        Pin::new(&mut self.near).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.run_server(context);
        Pin::new(&mut self.near).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.near).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.near).poll_shutdown(context)
    }
}
