//! The world outside, in this process: hosts that a test makes up, under the same [`FaultInjector`] as AWS.

mod connection;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use shared::outbound::{Network, Stream};

use crate::connector::{FaultInjector, Outcome};
use crate::http::Request;
use crate::invocations::Invocations;

/// The body of a response, whole or streamed. One that fails cuts the connection off; what came before is sent if the body
/// was pending in between.
pub type Body = UnsyncBoxBody<Bytes, io::Error>;

type Handle = dyn Fn(Request) -> Pin<Box<dyn Future<Output = http::Response<Body>> + Send>> + Send + Sync;

/// Hosts by their names. Clones share them.
#[derive(Clone, Default)]
pub struct Outside(Arc<Mutex<HashMap<String, Host>>>);

#[derive(Clone)]
struct Host {
    addresses: Vec<IpAddr>,
    handle: Arc<Handle>,
}

/// A public address that nobody here ever reaches.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(93, 184, 215, 14);

impl Outside {
    /// From now on there is a host of this name, with a public address and over plain HTTP, which handles requests so.
    pub fn serve<B, F>(&self, name: &str, handle: impl Fn(Request) -> F + Send + Sync + 'static)
    where
        F: Future<Output = http::Response<B>> + Send + 'static,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let handle = move |request| {
            let response = handle(request);
            let boxed =
                async move { response.await.map(|body| body.map_err(io::Error::other).boxed_unsync()) };
            Box::pin(boxed) as Pin<Box<dyn Future<Output = http::Response<Body>> + Send>>
        };
        let host = Host { addresses: vec![ADDRESS.into()], handle: Arc::new(handle) };
        self.hosts().insert(name.to_owned(), host);
    }

    /// From now on the host's name has these addresses.
    pub fn resolve_to(&self, name: &str, addresses: &[IpAddr]) {
        if let Some(host) = self.hosts().get_mut(name) {
            host.addresses = addresses.to_vec();
        }
    }

    /// The network of one function.
    pub fn network(&self, function: &str, injector: FaultInjector, invocations: Invocations) -> Network {
        let names = self.clone();
        let resolve = move |name: String| {
            let host = names.hosts().get(&name).map(|host| host.addresses.clone());
            std::future::ready(host.ok_or_else(|| io::ErrorKind::NotFound.into()))
        };
        let visitor = Visitor { outside: self.clone(), function: function.to_owned(), injector, invocations };
        Network::new(resolve, move |_, _| {
            let visitor = visitor.clone();
            let stream = connection::to(move |request| visitor.clone().request(request));
            std::future::ready(Ok(Stream::new(stream)))
        })
    }

    fn hosts(&self) -> MutexGuard<'_, HashMap<String, Host>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A function that calls hosts.
#[derive(Clone)]
struct Visitor {
    outside: Outside,
    function: String,
    injector: FaultInjector,
    invocations: Invocations,
}

impl Visitor {
    /// Has the host that the request names handle it. An error closes the connection without a response.
    async fn request(self, request: http::Request<Incoming>) -> io::Result<http::Response<Body>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let name = head.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let name = name.split(':').next().unwrap_or_default().to_owned();
        let host = self.outside.hosts().get(&name).cloned();
        let host = host.ok_or(io::ErrorKind::ConnectionReset)?;
        let operation = format!("{} {name}{}", head.method, head.uri);
        let request = Request::from_parts(head, body.clone());
        let call = async { (host.handle)(request).await };
        match self.injector.carry(&self.invocations, &self.function, operation, &body, call).await {
            Outcome::Done(response) => Ok(response),
            Outcome::Throttled(_) => Ok(whole(StatusCode::TOO_MANY_REQUESTS.as_u16(), "injected: slow down")),
            Outcome::Answered(status, body) => Ok(whole(status, body)),
            Outcome::Refused | Outcome::AnswerLost => Err(io::ErrorKind::ConnectionReset.into()),
        }
    }
}

fn whole(status: u16, body: &'static str) -> http::Response<Body> {
    let body = Full::new(Bytes::from_static(body.as_bytes()));
    let mut response = http::Response::new(body.map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response
}
