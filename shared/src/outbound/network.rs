//! The network to the world: how a name is resolved and how an address is dialled. This is all that a test replaces.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::{fmt, io};

use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::address::Permitted;

type Outcome<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;
type Resolve = dyn Fn(String) -> Outcome<Vec<IpAddr>> + Send + Sync;
type Dial = dyn Fn(Permitted, u16) -> Outcome<Stream> + Send + Sync;

/// Resolves names and dials addresses. Clones share what is beneath.
#[derive(Clone)]
pub struct Network {
    pub(super) resolve: Arc<Resolve>,
    pub(super) dial: Arc<Dial>,
    /// Trusted beside Mozilla's roots.
    pub(super) roots: Vec<CertificateDer<'static>>,
}

impl Network {
    /// The real one: the system's resolver and TCP.
    pub fn system() -> Self {
        Self::new(resolve, dial)
    }

    /// A network of one's own. `resolve` is handed a name in ASCII; `dial` an address and a port.
    pub fn new<R, D, Answers, Connection>(resolve: R, dial: D) -> Self
    where
        R: Fn(String) -> Answers + Send + Sync + 'static,
        D: Fn(Permitted, u16) -> Connection + Send + Sync + 'static,
        Answers: Future<Output = io::Result<Vec<IpAddr>>> + Send + 'static,
        Connection: Future<Output = io::Result<Stream>> + Send + 'static,
    {
        Self {
            resolve: Arc::new(move |name| Box::pin(resolve(name))),
            dial: Arc::new(move |address, port| Box::pin(dial(address, port))),
            roots: Vec::new(),
        }
    }

    /// Also trusts servers whose certificates were issued under `root`.
    pub fn trusting(mut self, root: CertificateDer<'static>) -> Self {
        self.roots.push(root);
        self
    }
}

async fn resolve(name: String) -> io::Result<Vec<IpAddr>> {
    let answers = tokio::net::lookup_host((name, 0)).await?;
    Ok(answers.map(|answer| answer.ip()).collect())
}

async fn dial(address: Permitted, port: u16) -> io::Result<Stream> {
    let stream = TcpStream::connect(SocketAddr::new(address.address(), port)).await?;
    stream.set_nodelay(true)?;
    Ok(Stream::new(stream))
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("roots", &self.roots.len()).finish_non_exhaustive()
    }
}

/// A connection, of whatever kind.
pub struct Stream(Pin<Box<dyn ReadWrite>>);

trait ReadWrite: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> ReadWrite for T {}

impl Stream {
    pub fn new(stream: impl AsyncRead + AsyncWrite + Send + 'static) -> Self {
        Self(Box::pin(stream))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.as_mut().poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_shutdown(context)
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream")
    }
}
