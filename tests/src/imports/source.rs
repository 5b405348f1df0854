//! A server that has one file, and that behaves as a test wants.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::{Response, StatusCode, header};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use local::http::Request;
use shared::clock::Clock;

use crate::world::World;

pub const HOST: &str = "files.example";
pub const URL: &str = "http://files.example/of/somebody/photo%20one.png";

/// The size of the pieces that the server sends.
const CHUNK_BYTES: usize = 256 * 1024;

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Clones are the same server.
#[derive(Clone)]
pub struct Source(Arc<Mutex<Server>>);

struct Server {
    behaviour: Behaviour,
    requests: Vec<http::HeaderMap>,
}

pub struct Behaviour {
    pub file: Bytes,
    pub content_type: &'static str,
    pub etag: Option<&'static str>,
    /// Whether it says how large the file is.
    pub announces: bool,
    /// Whether it sends a part of the file when it is asked for one.
    pub has_ranges: bool,
    pub status: StatusCode,
    pub headers: Vec<(&'static str, &'static str)>,
    /// Paths, and where they lead.
    pub redirects: Vec<(String, String)>,
    /// The connection ends after so many bytes of the file.
    pub cut_off_after: Option<u64>,
    /// How long each piece takes.
    pub pace: Option<(Clock, Duration)>,
}

impl Source {
    pub fn of(file: Vec<u8>, content_type: &'static str) -> Self {
        let behaviour = Behaviour {
            file: file.into(),
            content_type,
            etag: Some("\"one\""),
            announces: true,
            has_ranges: true,
            status: StatusCode::OK,
            headers: Vec::new(),
            redirects: Vec::new(),
            cut_off_after: None,
            pace: None,
        };
        Self(Arc::new(Mutex::new(Server { behaviour, requests: Vec::new() })))
    }

    /// From now on it is the host of [`URL`].
    pub fn serve(&self, world: &World) {
        world.outside.serve(HOST, self.handler());
    }

    pub fn handler(&self) -> impl Fn(Request) -> std::future::Ready<Response<Body>> + Send + Sync + 'static {
        let server = self.clone();
        move |request| std::future::ready(server.server().respond(&request))
    }

    pub fn set(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.server().behaviour);
    }

    pub fn requests(&self) -> usize {
        self.server().requests.len()
    }

    /// The header of this name in each request.
    pub fn header(&self, name: &str) -> Vec<Option<String>> {
        let text = |headers: &http::HeaderMap| headers.get(name)?.to_str().ok().map(str::to_owned);
        self.server().requests.iter().map(text).collect()
    }

    fn server(&self) -> MutexGuard<'_, Server> {
        self.0.lock().expect("no test panics in here")
    }
}

impl Server {
    fn respond(&mut self, request: &Request) -> Response<Body> {
        self.requests.push(request.headers().clone());
        let behaviour = &self.behaviour;
        let mut response = Response::builder();
        if let Some((_, to)) = behaviour.redirects.iter().find(|(path, _)| path == request.uri().path()) {
            let response = response.status(StatusCode::FOUND).header(header::LOCATION, to);
            return response.body(behaviour.body(0)).expect("a response");
        }
        let total = behaviour.file.len();
        let from = behaviour.range_of(request);
        response = response.status(behaviour.status).header(header::CONTENT_TYPE, behaviour.content_type);
        if let Some(etag) = behaviour.etag {
            response = response.header(header::ETAG, etag);
        }
        if let Some(from) = from {
            response = response.status(StatusCode::PARTIAL_CONTENT);
            response = response.header(header::CONTENT_RANGE, format!("bytes {from}-{}/{total}", total - 1));
        }
        if behaviour.announces {
            response = response.header(header::CONTENT_LENGTH, total - from.unwrap_or(0));
        }
        for (name, value) in &behaviour.headers {
            response = response.header(*name, *value);
        }
        response.body(behaviour.body(from.unwrap_or(0))).expect("a response")
    }
}

impl Behaviour {
    /// Where the wanted range begins, if the server sends it.
    fn range_of(&self, request: &Request) -> Option<usize> {
        let text = |name| request.headers().get(name)?.to_str().ok();
        let from = text(header::RANGE)?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()?;
        let is_same = text(header::IF_RANGE).is_none_or(|etag| Some(etag) == self.etag);
        (self.has_ranges && is_same).then_some(from)
    }

    fn body(&self, from: usize) -> Body {
        let mut pieces: Vec<io::Result<Frame<Bytes>>> = Vec::new();
        let end = self.cut_off_after.map_or(self.file.len(), |bytes| (bytes as usize).min(self.file.len()));
        for start in (from..end).step_by(CHUNK_BYTES) {
            pieces.push(Ok(Frame::data(self.file.slice(start..end.min(start + CHUNK_BYTES)))));
        }
        if end < self.file.len() {
            pieces.push(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let pace = self.pace.clone();
        let paced = stream::unfold(pieces.into_iter(), move |mut pieces| {
            if let Some((clock, time)) = &pace {
                clock.advance(*time);
            }
            async move {
                // The bytes before are sent if the body is pending in between.
                tokio::task::yield_now().await;
                Some((pieces.next()?, pieces))
            }
        });
        StreamBody::new(paced).boxed_unsync()
    }
}
