//! How a call can fail: what happened, whether another try can help, and a sentence for whoever chose the URL.

use std::error::Error as StdError;
use std::{fmt, io};

use http::HeaderName;

use super::address::Refusal;
use super::target::UrlError;
use super::tls_error::TlsError;

/// A failure of a call. Its `Display` is for the person who chose the URL; its [`source`](StdError::source) is for the log.
#[derive(Debug)]
pub enum Error {
    /// The URL cannot be called.
    InvalidUrl(UrlError),
    /// The header is not the caller's to set.
    HeaderReserved(HeaderName),
    /// No address of the host may be dialled.
    AddressRefused {
        host: String,
        refusal: Refusal,
        is_literal: bool,
    },
    /// The host's name has no address, or the name server did not respond.
    DnsFailed {
        host: String,
        source: io::Error,
    },
    /// None of the host's addresses accepted a connection.
    ConnectFailed {
        host: String,
        source: io::Error,
    },
    TlsFailed {
        host: String,
        error: TlsError,
        source: io::Error,
    },
    /// The time limit of the call passed.
    TimedOut(Phase),
    /// The connection ended before the response began. The request may have taken effect.
    ConnectionLost {
        source: Cause,
    },
    /// The response's head is over [`HEAD_BYTES_MAX`](super::HEAD_BYTES_MAX) or [`HEADERS_MAX`](super::HEADERS_MAX).
    HeadTooLarge,
    /// The server sent what is not HTTP/1.
    Protocol {
        source: Cause,
    },
    /// The response's body is over the call's bound.
    BodyTooLarge {
        bytes_max: u64,
    },
    /// The connection ended within the response's body.
    BodyCutOff {
        source: Cause,
    },
    /// The caller's own body of the request failed.
    RequestBodyFailed {
        source: Cause,
    },
}

/// The cause of a failure; for the log.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// How far a call had come when its time was up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Resolving,
    Connecting,
    /// The TLS handshake.
    Securing,
    /// The request is being sent, or its response has not begun.
    Waiting,
    /// The body of the response is coming.
    Reading,
}

impl Error {
    /// Whether the same call may succeed later.
    pub const fn can_retry(&self) -> bool {
        match self {
            Self::InvalidUrl(_)
            | Self::HeaderReserved(_)
            | Self::AddressRefused { .. }
            | Self::HeadTooLarge
            | Self::Protocol { .. }
            | Self::BodyTooLarge { .. } => false,
            Self::TlsFailed { error, .. } => !error.is_permanent(),
            Self::DnsFailed { .. }
            | Self::ConnectFailed { .. }
            | Self::TimedOut(_)
            | Self::ConnectionLost { .. }
            | Self::BodyCutOff { .. }
            | Self::RequestBodyFailed { .. } => true,
        }
    }

    /// A stable name. Stored and shown: it never changes.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidUrl(_) => "invalid_url",
            Self::HeaderReserved(_) => "header_reserved",
            Self::AddressRefused { .. } => "address_refused",
            Self::DnsFailed { .. } => "dns_failed",
            Self::ConnectFailed { .. } => "connect_failed",
            Self::TlsFailed { .. } => "tls_failed",
            Self::TimedOut(_) => "timed_out",
            Self::ConnectionLost { .. } => "connection_lost",
            Self::HeadTooLarge => "head_too_large",
            Self::Protocol { .. } => "protocol_error",
            Self::BodyTooLarge { .. } => "body_too_large",
            Self::BodyCutOff { .. } => "body_cut_off",
            Self::RequestBodyFailed { .. } => "request_body_failed",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidUrl(error) => error.fmt(f),
            Self::HeaderReserved(name) => write!(f, "the header {name} cannot be set"),
            Self::AddressRefused { refusal, is_literal: true, .. } => {
                write!(f, "{refusal}; only public addresses can be called")
            }
            // The address would tell what a name of the operator's own network stands for.
            Self::AddressRefused { host, .. } => {
                write!(f, "{host} has no public address; only public addresses can be called")
            }
            Self::DnsFailed { host, .. } => write!(f, "the name {host} could not be resolved"),
            Self::ConnectFailed { host, .. } => write!(f, "{host} did not accept a connection"),
            Self::TlsFailed { host, error, .. } => write!(f, "no secure connection to {host}: {error}"),
            Self::TimedOut(phase) => write!(f, "the time limit passed {phase}"),
            Self::ConnectionLost { .. } => f.write_str("the server closed the connection without a response"),
            Self::HeadTooLarge => f.write_str("the headers of the response are too large"),
            Self::Protocol { .. } => f.write_str("the server's response is not valid HTTP/1.1"),
            Self::BodyTooLarge { bytes_max } => {
                write!(f, "the body of the response has more than {bytes_max} bytes")
            }
            Self::BodyCutOff { .. } => {
                f.write_str("the connection closed before the whole response was received")
            }
            Self::RequestBodyFailed { .. } => f.write_str("the body of the request could not be read"),
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resolving => "while the host's name was being resolved",
            Self::Connecting => "while connecting",
            Self::Securing => "during the TLS handshake",
            Self::Waiting => "before the server responded",
            Self::Reading => "before the whole response was received",
        })
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::DnsFailed { source, .. }
            | Self::ConnectFailed { source, .. }
            | Self::TlsFailed { source, .. } => Some(source),
            Self::ConnectionLost { source }
            | Self::Protocol { source }
            | Self::BodyCutOff { source }
            | Self::RequestBodyFailed { source } => Some(source.as_ref()),
            Self::InvalidUrl(_)
            | Self::HeaderReserved(_)
            | Self::AddressRefused { .. }
            | Self::TimedOut(_)
            | Self::HeadTooLarge
            | Self::BodyTooLarge { .. } => None,
        }
    }
}

impl From<UrlError> for Error {
    fn from(error: UrlError) -> Self {
        Self::InvalidUrl(error)
    }
}
