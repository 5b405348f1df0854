//! A request: a method, a target, the caller's headers and a body, whole or streamed.

use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Version};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full};

use super::error::{Cause, Error};
use super::target::Target;

/// Sent unless the caller sets another.
const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("Millrace/", env!("CARGO_PKG_VERSION")));

/// They belong to the connection, which is the client's, or ask for what it does not do.
const RESERVED: [HeaderName; 12] = [
    header::HOST,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
    header::EXPECT,
    header::ACCEPT_ENCODING,
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("keep-alive"),
];

pub(super) type RequestBody = UnsyncBoxBody<Bytes, Cause>;

/// How long a call may take and how much it may bring.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the look-up of the name to the last byte of the response's body.
    pub time: Duration,
    pub body_bytes_max: u64,
}

/// One call to the world.
pub struct Request {
    pub(super) method: Method,
    pub(super) target: Target,
    pub(super) limits: Limits,
    headers: HeaderMap,
    body: RequestBody,
}

impl Request {
    /// A request with no headers of its own and no body.
    pub fn new(method: Method, target: Target, limits: Limits) -> Self {
        let body = Empty::new().map_err(impossible).boxed_unsync();
        Self { method, target, limits, headers: HeaderMap::new(), body }
    }

    /// Adds a header; refuses one that [`is_reserved`]. A value is never shown or logged.
    pub fn header(mut self, name: HeaderName, mut value: HeaderValue) -> Result<Self, Error> {
        if is_reserved(&name) {
            return Err(Error::HeaderReserved(name));
        }
        value.set_sensitive(true);
        self.headers.append(name, value);
        Ok(self)
    }

    /// Sends these bytes, with their `Content-Length`.
    pub fn body(mut self, bytes: impl Into<Bytes>) -> Self {
        self.body = Full::new(bytes.into()).map_err(impossible).boxed_unsync();
        self
    }

    /// Sends what the body yields: under its exact size if it has one, in chunks otherwise.
    pub fn streamed<B>(mut self, body: B) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Cause>,
    {
        self.body = body.map_err(Into::into).boxed_unsync();
        self
    }

    /// As hyper sends it.
    pub(super) fn into_http(self) -> http::Request<RequestBody> {
        let mut request = http::Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() = self.target.path_and_query().clone().into();
        *request.version_mut() = Version::HTTP_11;
        let headers = request.headers_mut();
        *headers = self.headers;
        headers.insert(header::HOST, self.target.host_header().clone());
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.entry(header::USER_AGENT).or_insert(USER_AGENT);
        headers.entry(header::ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        request
    }
}

/// Whether a caller may not set the header.
pub fn is_reserved(name: &HeaderName) -> bool {
    RESERVED.contains(name)
}

fn impossible(never: Infallible) -> Cause {
    match never {}
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("target", &self.target)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
