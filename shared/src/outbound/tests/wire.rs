//! Servers in memory, each a script for one connection.

use std::future::ready;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use crate::clock::Clock;
use crate::outbound::{Client, Error, Guard, Limits, Network, Permitted, Request, Response, Stream, Target};

pub const PUBLIC: &str = "93.184.215.14";

/// How much a connection holds on the way, in each direction.
const ON_THE_WAY_BYTES: usize = 64 * 1024;

pub const LIMITS: Limits = Limits { time: Duration::from_secs(30), body_bytes_max: 1024 * 1024 };

pub fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

pub fn target(url: &str) -> Target {
    Target::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"))
}

pub fn get(url: &str) -> Request {
    Request::new(Method::GET, target(url), LIMITS)
}

/// A network on which every name has a public address, and each connection is served by `serve`.
pub fn network<F>(serve: impl Fn(DuplexStream) -> F + Send + Sync + 'static) -> Network
where
    F: Future<Output = ()> + Send + 'static,
{
    Network::new(|_| ready(Ok(vec![address(PUBLIC)])), dialling(serve))
}

/// Dials whatever is asked for, to reach `serve`.
pub fn dialling<F>(
    serve: impl Fn(DuplexStream) -> F + Send + Sync + 'static,
) -> impl Fn(Permitted, u16) -> std::future::Ready<io::Result<Stream>> + Send + Sync + 'static
where
    F: Future<Output = ()> + Send + 'static,
{
    move |_, _| {
        let (near, far) = tokio::io::duplex(ON_THE_WAY_BYTES);
        tokio::spawn(serve(far));
        ready(Ok(Stream::new(near)))
    }
}

pub fn client(network: Network) -> Client {
    Client::new(network, Guard::default(), Clock::system())
}

/// Calls a server that reads the request, sends these bytes and closes.
pub async fn call(response: impl AsRef<[u8]>) -> Result<Response, Error> {
    let response = Arc::new(response.as_ref().to_vec());
    let network = network(move |mut stream| {
        let response = Arc::clone(&response);
        async move {
            read_head(&mut stream).await;
            // The client may have seen enough of it.
            let _ = stream.write_all(&response).await;
        }
    });
    client(network).send(get("http://example.com/")).await
}

/// Calls a server that sends `start`, and then `again` for as long as somebody reads it.
pub async fn call_endless(start: &'static str, again: &'static [u8]) -> Result<Response, Error> {
    let network = network(move |mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(start.as_bytes()).await;
        while stream.write_all(again).await.is_ok() {}
    });
    client(network).send(get("http://example.com/")).await
}

/// The head of a request.
pub async fn read_head(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).expect("a head is text")
}

/// Things noted in a test, in order.
pub struct Notes<T>(Arc<Mutex<Vec<T>>>);

impl<T> Notes<T> {
    pub fn new() -> Self {
        Self(Arc::default())
    }

    pub fn add(&self, note: T) {
        self.0.lock().expect("no test panics while it writes").push(note);
    }

    pub fn take(&self) -> Vec<T> {
        std::mem::take(&mut self.0.lock().expect("no test panics while it writes"))
    }
}

impl<T> Clone for Notes<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
