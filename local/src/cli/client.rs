//! HTTP/1.1 to a stack on this machine: whole bodies, bounded in size and in time.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client as Connections;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use local::http::{BODY_BYTES_MAX, Request, Response};

/// The longest wait for one whole answer: a function that is cold, at the gateway's own limit, and some room.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(40);

/// Clones share their connections.
#[derive(Clone)]
pub struct Client(Connections<HttpConnector, Full<Bytes>>);

/// No whole answer came.
#[derive(Debug)]
pub struct NoAnswer {
    authority: String,
    source: Box<dyn Error + Send + Sync>,
}

impl Client {
    pub fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self(Connections::builder(TokioExecutor::new()).build(connector))
    }

    /// An answer of any status is an answer. One over [`BODY_BYTES_MAX`] is not.
    pub async fn send(&self, request: Request) -> Result<Response, NoAnswer> {
        let authority = authority(request.uri());
        let answer = tokio::time::timeout(ANSWER_TIME_MAX, self.whole(request)).await;
        let answer =
            answer.map_err(|elapsed| NoAnswer { authority: authority.clone(), source: elapsed.into() })?;
        answer.map_err(|source| NoAnswer { authority, source })
    }

    async fn whole(&self, request: Request) -> Result<Response, Box<dyn Error + Send + Sync>> {
        let (head, body) = self.0.request(request.map(Full::new)).await?.into_parts();
        let body = Limited::new(body, BODY_BYTES_MAX).collect().await?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

fn authority(uri: &Uri) -> String {
    uri.authority().map_or_else(|| uri.to_string(), ToString::to_string)
}

impl fmt::Display for NoAnswer {
    /// With the innermost cause, which is the one that says what happened.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cause: &dyn Error = self.source.as_ref();
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        write!(f, "no answer from {}: {cause}", self.authority)
    }
}

impl Error for NoAnswer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_ref())
    }
}
