//! What the server answers by itself, in the shape that API Gateway gives its own answers.

use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderValue, StatusCode, header};

use crate::http::{Response, refusal};

/// Why a request goes no further than the server. After each the connection is closed: what follows on it may be
/// anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not HTTP/1.1, or in a form that two readers might read differently.
    Malformed,
    HeadTooLarge,
    BodyTooLarge,
    /// The head or the body took too long to arrive.
    TooSlow,
    /// A transfer coding other than `chunked`.
    UnknownCoding,
    UnknownVersion,
}

impl Refusal {
    pub fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::UnknownCoding => StatusCode::NOT_IMPLEMENTED,
            Self::UnknownVersion => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Malformed => "Bad Request",
            Self::HeadTooLarge => "Request Header Fields Too Large",
            Self::BodyTooLarge => "Request Entity Too Large",
            Self::TooSlow => "Request Timeout",
            Self::UnknownCoding => "Not Implemented",
            Self::UnknownVersion => "HTTP Version Not Supported",
        }
    }

    pub fn response(self) -> Response {
        let mut response = refusal(self.status(), self.message());
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        response
    }

    /// The response as it goes over the wire.
    pub fn bytes(self) -> Bytes {
        let response = self.response();
        let (status, body) = (response.status(), response.body());
        let mut bytes = BytesMut::new();
        bytes.put_slice(format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n", body.len()).as_bytes());
        for (name, value) in response.headers() {
            bytes.put_slice(name.as_str().as_bytes());
            bytes.put_slice(b": ");
            bytes.put_slice(value.as_bytes());
            bytes.put_slice(b"\r\n");
        }
        bytes.put_slice(b"\r\n");
        bytes.put_slice(body);
        bytes.freeze()
    }
}
