//! A response: status and headers, and a body that is read as it comes, within the call's deadline and bound.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::header::{self, HeaderMap};
use http::{HeaderValue, StatusCode};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;

use super::address::Guard;
use super::connect::judge_literal;
use super::connection::Connection;
use super::deadline::Deadline;
use super::error::{Error, Phase};
use super::failure::body_failure;
use super::request::RequestBody;
use super::target::{Target, UrlError};

/// A response, whatever its status. Dropping it closes the connection.
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Body,
    target: Target,
    guard: Guard,
}

/// The body of a response. It is never decoded: what it holds is what was sent.
pub struct Body {
    incoming: Incoming,
    connection: Connection,
    deadline: Deadline,
    host: String,
    bytes_max: u64,
    bytes_read: u64,
    /// Dropped earlier, it would close the connection.
    _sender: SendRequest<RequestBody>,
}

/// The beginning of a body.
#[derive(Debug)]
pub struct Excerpt {
    pub bytes: Bytes,
    /// Whether there was more, or might have been.
    pub is_cut: bool,
}

impl Response {
    pub(super) fn new(
        response: http::Response<Incoming>,
        target: Target,
        guard: Guard,
        connection: Connection,
        sender: SendRequest<RequestBody>,
        deadline: Deadline,
        bytes_max: u64,
    ) -> Self {
        let (head, incoming) = response.into_parts();
        let host = target.host().to_owned();
        let body = Body { incoming, connection, deadline, host, bytes_max, bytes_read: 0, _sender: sender };
        Self { status: head.status, headers: head.headers, body, target, guard }
    }

    /// The target that was called.
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// Where the response redirects to; `None` if it does not. Nothing is followed unless the caller calls it, which must
    /// bound how often, and leave secret headers out for [another origin](Target::has_origin_of).
    pub fn redirect(&self) -> Result<Option<Target>, Error> {
        let redirects = [
            StatusCode::MOVED_PERMANENTLY,
            StatusCode::FOUND,
            StatusCode::SEE_OTHER,
            StatusCode::TEMPORARY_REDIRECT,
            StatusCode::PERMANENT_REDIRECT,
        ];
        let location = self.headers.get(header::LOCATION).filter(|_| redirects.contains(&self.status));
        let Some(location) = location else { return Ok(None) };
        let location = std::str::from_utf8(location.as_bytes()).map_err(|_| UrlError::Malformed)?;
        let target = self.target.redirected(location)?;
        judge_literal(self.guard, &target)?;
        Ok(Some(target))
    }

    /// The coding of the body, though none was asked for. The body is passed on as it is, so that a bomb stays packed; a
    /// caller that stores it must refuse it.
    pub fn content_encoding(&self) -> Option<&HeaderValue> {
        let mut codings = self.headers.get_all(header::CONTENT_ENCODING).iter();
        codings.find(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
    }
}

impl Body {
    /// The size of the body as the server announced it; `None` if it did not.
    pub fn announced_bytes(&self) -> Option<u64> {
        self.incoming.size_hint().exact().map(|left| left + self.bytes_read)
    }

    /// The next bytes, at most 64 KiB; `None` after the last. Fails as soon as it is certain that the body is over its bound.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        if self.announced_bytes().is_some_and(|announced| announced > self.bytes_max) {
            return Err(Error::BodyTooLarge { bytes_max: self.bytes_max });
        }
        let chunk = self.next().await?;
        if self.bytes_read > self.bytes_max {
            return Err(Error::BodyTooLarge { bytes_max: self.bytes_max });
        }
        Ok(chunk)
    }

    /// The whole body.
    pub async fn whole(mut self) -> Result<Bytes, Error> {
        let mut whole = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }

    /// The body up to its bound, however long it is and however it ends; then closes the connection.
    pub async fn excerpt(mut self) -> Excerpt {
        let mut bytes = BytesMut::new();
        loop {
            match self.next().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => return Excerpt { bytes: bytes.freeze(), is_cut: false },
                Err(_) => return Excerpt { bytes: bytes.freeze(), is_cut: true },
            }
            if self.bytes_read > self.bytes_max {
                if let Ok(bytes_max) = usize::try_from(self.bytes_max) {
                    bytes.truncate(bytes_max);
                }
                return Excerpt { bytes: bytes.freeze(), is_cut: true };
            }
        }
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Error>> {
        loop {
            if let Poll::Ready(error) = self.deadline.poll_passed(Phase::Reading, context) {
                return Poll::Ready(Err(error));
            }
            self.connection.poll(context);
            let frame = match ready!(Pin::new(&mut self.incoming).poll_frame(context)) {
                None => return Poll::Ready(Ok(None)),
                Some(Err(error)) => return Poll::Ready(Err(body_failure(&self.host, error))),
                Some(Ok(frame)) => frame,
            };
            // Trailers are nobody's.
            if let Ok(bytes) = frame.into_data() {
                self.bytes_read += bytes.len() as u64;
                return Poll::Ready(Ok(Some(bytes)));
            }
        }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}
