//! A server that jobs call: it remembers what it was sent, and answers as a test wants.

use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode};
use http_body_util::Full;
use local::http::Request;

use crate::world::World;

pub const HOST: &str = "app.example";
pub const URL: &str = "http://app.example/hooks/charge?account=7";

/// Clones are the same server.
#[derive(Clone)]
pub struct Receiver(Arc<Mutex<Server>>);

type Answer = dyn FnMut(&Received) -> Reply + Send;

struct Server {
    received: Vec<Received>,
    answer: Box<Answer>,
}

#[derive(Clone, Debug)]
pub struct Received {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Counts from 1.
    pub number: usize,
}

#[derive(Clone, Debug, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Receiver {
    /// From now on it is the host of [`URL`], and answers like that.
    pub fn serve(world: &World, answer: impl FnMut(&Received) -> Reply + Send + 'static) -> Self {
        let receiver = Self(Arc::new(Mutex::new(Server { received: Vec::new(), answer: Box::new(answer) })));
        receiver.be(world, HOST);
        receiver
    }

    /// A server that answers with these statuses one after the other, and then with the last for ever.
    pub fn with(world: &World, statuses: &'static [u16]) -> Self {
        Self::serve(world, |received| {
            Reply::of(*statuses.get(received.number - 1).or(statuses.last()).unwrap())
        })
    }

    /// From now on it is this host, too.
    pub fn be(&self, world: &World, host: &str) {
        let server = self.clone();
        world.outside.serve(host, move |request| std::future::ready(server.server().respond(request)));
    }

    pub fn received(&self) -> Vec<Received> {
        self.server().received.clone()
    }

    /// The values of a header in all requests.
    pub fn headers(&self, name: &str) -> Vec<String> {
        let value = |received: &Received| received.header(name).to_owned();
        self.server().received.iter().map(value).collect()
    }

    pub fn count(&self) -> usize {
        self.server().received.len()
    }

    fn server(&self) -> MutexGuard<'_, Server> {
        self.0.lock().expect("no test panics in here")
    }
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }
}

impl Reply {
    pub fn of(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }
}

impl Server {
    fn respond(&mut self, request: Request) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let number = self.received.len() + 1;
        let path = head.uri.to_string();
        let received = Received { method: head.method, path, headers: head.headers, body, number };
        let reply = (self.answer)(&received);
        self.received.push(received);
        let status = StatusCode::from_u16(reply.status).expect("a status");
        let mut response = Response::builder().status(status);
        for (name, value) in reply.headers {
            response = response.header(name, value);
        }
        response.body(Full::new(reply.body.into())).expect("a response")
    }
}
