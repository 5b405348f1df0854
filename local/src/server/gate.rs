//! What stands between a client's connection and the HTTP library: heads pass only whole, in time and well-formed.
//!
//! The library would answer a malformed head by itself, without a body, mend some that two readers may read differently,
//! and close a connection that is too slow without a word.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::framing::Framing;
use super::refusal::Refusal;
use super::{Bounds, HEAD_BYTES_MAX, head};

/// How much is read at once.
const READ_BYTES: usize = 16 * 1024;

/// A refused client may still be sending: closed at once, it would lose the answer. It is listened to for so long.
const LINGER_TIME_MAX: Duration = Duration::from_secs(1);

/// How many requests have passed that are not answered. While any is, nothing that follows it on the connection is
/// refused or too late.
#[derive(Clone, Debug, Default)]
pub struct Unanswered(Arc<Requests>);

#[derive(Debug, Default)]
struct Requests {
    count: AtomicUsize,
    /// Of the connection. It waits for the client meanwhile, and would not look here again by itself.
    connection: AtomicWaker,
}

impl Unanswered {
    fn one_passes(&self) {
        self.0.count.fetch_add(1, Ordering::AcqRel);
    }

    pub fn one_is_answered(&self) {
        self.0.count.fetch_sub(1, Ordering::AcqRel);
        self.0.connection.wake();
    }

    /// Wakes the connection when this has changed.
    fn are_there(&self, context: &Context<'_>) -> bool {
        self.0.connection.register(context.waker());
        self.0.count.load(Ordering::Acquire) > 0
    }
}

pub struct Gate<Stream> {
    stream: Stream,
    bounds: Bounds,
    unanswered: Unanswered,
    /// Read from the stream, but not passed on.
    buffer: BytesMut,
    /// So many bytes of the buffer may pass.
    cleared: usize,
    /// Of the body that is passing; `None` before a head has passed.
    body: Option<Framing>,
    timer: Pin<Box<Sleep>>,
    /// What the timer is set for.
    waiting: Option<Waiting>,
    refusal: Option<Refusal>,
    farewell: Option<Bytes>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    Request,
    RestOfHead,
    /// Of the connection, which has been closed from here.
    ItsEnd,
}

impl<Stream: AsyncRead + AsyncWrite + Unpin> Gate<Stream> {
    pub fn new(stream: Stream, bounds: Bounds, unanswered: Unanswered) -> Self {
        Self {
            stream,
            bounds,
            unanswered,
            buffer: BytesMut::new(),
            cleared: 0,
            body: None,
            timer: Box::pin(tokio::time::sleep(Duration::ZERO)),
            waiting: None,
            refusal: None,
            farewell: None,
        }
    }

    /// Clears what is in the buffer, as far as it may pass.
    fn clear(&mut self) -> Result<(), Refusal> {
        if let Some(body) = self.body.as_mut().filter(|body| !body.has_ended()) {
            self.cleared = body.follow(&self.buffer);
            return Ok(());
        }
        // Empty lines before a request are a slip of old clients.
        while self.buffer.starts_with(b"\r\n") {
            self.buffer.advance(2);
        }
        match head::length(&self.buffer)? {
            Some(length) if length <= HEAD_BYTES_MAX => {
                self.body = Some(head::framing(&self.buffer[..length])?);
                self.cleared = length;
                self.unanswered.one_passes();
                Ok(())
            }
            None if self.buffer.len() < HEAD_BYTES_MAX => Ok(()),
            _ => Err(Refusal::HeadTooLarge),
        }
    }

    /// Reads what there is; `false` at the end.
    fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut bytes = [0; READ_BYTES];
        let mut read = ReadBuf::new(&mut bytes);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut read))?;
        self.buffer.extend_from_slice(read.filled());
        Poll::Ready(Ok(!read.filled().is_empty()))
    }

    /// Reads past what is still sent, for a while.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            self.buffer.clear();
            let read = self.poll_fill(context);
            match read {
                _ if self.is_late(Some(Waiting::ItsEnd), context) => return Poll::Ready(()),
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn is_in_body(&self) -> bool {
        self.body.as_ref().is_some_and(|body| !body.has_ended())
    }

    /// Whether the client has taken too long for what it is waited for, which is `None` while it is not its turn.
    fn is_late(&mut self, waiting: Option<Waiting>, context: &mut Context<'_>) -> bool {
        let time_max = match waiting {
            None => None,
            Some(Waiting::Request) => self.bounds.idle_time_max,
            Some(Waiting::RestOfHead) => Some(self.bounds.head_time_max),
            Some(Waiting::ItsEnd) => Some(LINGER_TIME_MAX),
        };
        let Some(time_max) = time_max else {
            self.waiting = None;
            return false;
        };
        if self.waiting != waiting {
            self.waiting = waiting;
            self.timer.as_mut().reset(Instant::now() + time_max);
        }
        self.timer.as_mut().poll(context).is_ready()
    }
}

impl<Stream: AsyncRead + AsyncWrite + Unpin> AsyncRead for Gate<Stream> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if self.cleared > 0 {
                let passing = self.cleared.min(into.remaining());
                into.put_slice(&self.buffer[..passing]);
                self.buffer.advance(passing);
                self.cleared -= passing;
                return Poll::Ready(Ok(()));
            }
            if self.refusal.is_none() {
                self.refusal = self.clear().err();
            }
            match self.refusal {
                Some(_) if self.unanswered.are_there(context) => return Poll::Pending,
                // The end of the connection, as far as the library needs to know.
                Some(_) => return Poll::Ready(Ok(())),
                None if self.cleared > 0 => continue,
                None => {}
            }
            let waiting =
                match (self.is_in_body() || self.unanswered.are_there(context), self.buffer.is_empty()) {
                    (true, _) => None,
                    (false, true) => Some(Waiting::Request),
                    (false, false) => Some(Waiting::RestOfHead),
                };
            match self.poll_fill(context) {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(Ok(false)) => return Poll::Ready(Ok(())),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending if !self.is_late(waiting, context) => return Poll::Pending,
                Poll::Pending if waiting == Some(Waiting::Request) => return Poll::Ready(Ok(())),
                Poll::Pending => self.refusal = Some(Refusal::TooSlow),
            }
        }
    }
}

impl<Stream: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Gate<Stream> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Says why, if a request was refused, and lets a client that is still sending hear it.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let refusal = self.refusal;
        let this = &mut *self;
        let farewell = this.farewell.get_or_insert_with(|| refusal.map(Refusal::bytes).unwrap_or_default());
        while !farewell.is_empty() {
            let written = ready!(Pin::new(&mut this.stream).poll_write(context, farewell))?;
            farewell.advance(written);
        }
        ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
        if this.refusal.is_some() || this.is_in_body() {
            ready!(this.poll_linger(context));
        }
        Poll::Ready(Ok(()))
    }
}
