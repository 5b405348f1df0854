//! One request and the head of its response over one connection, which nothing else uses.

mod allowance;
mod connection;

use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use self::allowance::{Allowance, Metered};
pub use self::connection::Connection;
use super::address::Guard;
use super::deadline::Deadline;
use super::error::{Error, Phase};
use super::network::Stream;
use super::request::Request;
use super::response::Response;
use super::{HEAD_BYTES_MAX, HEADERS_MAX, tls};

/// The size of a read. A call holds little more of a body than that.
const BUFFER_BYTES: usize = 64 * 1024;

/// The bytes that a server may send until the response's head is complete, interim heads (1xx) included.
const UNTIL_HEAD_BYTES_MAX: u64 = 2 * BUFFER_BYTES as u64;

/// Sends the request and waits for the head of its response.
pub async fn exchange(
    stream: Stream,
    request: Request,
    guard: Guard,
    mut deadline: Deadline,
) -> Result<Response, Error> {
    let target = request.target.clone();
    let body_bytes_max = request.limits.body_bytes_max;
    let allowance = Allowance::new(UNTIL_HEAD_BYTES_MAX);
    let io = TokioIo::new(Metered::new(stream, allowance.clone()));
    let mut builder = http1::Builder::new();
    builder.max_buf_size(BUFFER_BYTES).max_header_size(HEAD_BYTES_MAX).max_headers(HEADERS_MAX);
    let failed = |error| head_failure(target.host(), error, &allowance);
    let (mut sender, connection) = builder.handshake(io).await.map_err(failed)?;
    let mut connection = Connection::new(connection);
    let head = connection.drive(sender.send_request(request.into_http()));
    let response = deadline.bound(Phase::Waiting, head).await?.map_err(failed)?;
    allowance.lift();
    Ok(Response::new(response, target, guard, connection, sender, deadline, body_bytes_max))
}

fn head_failure(host: &str, error: hyper::Error, allowance: &Allowance) -> Error {
    if error.is_parse_too_large() || allowance.is_used_up() {
        return Error::HeadTooLarge;
    }
    if error.is_parse() {
        return Error::Protocol { source: error.into() };
    }
    match of_beneath(host, error) {
        Ok(beneath) => beneath,
        Err(error) => Error::ConnectionLost { source: error.into() },
    }
}

/// The failure of a body that has begun.
pub fn body_failure(host: &str, error: hyper::Error) -> Error {
    let kind = cause::<std::io::Error>(&error).map(std::io::Error::kind);
    match (of_beneath(host, error), kind) {
        (Ok(beneath), _) => beneath,
        (Err(error), Some(std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput)) => {
            Error::Protocol { source: error.into() }
        }
        (Err(error), _) => Error::BodyCutOff { source: error.into() },
    }
}

/// A failure of the caller's own body, or of TLS.
fn of_beneath(host: &str, error: hyper::Error) -> Result<Error, hyper::Error> {
    if error.is_user() {
        return Ok(Error::RequestBodyFailed { source: error.into() });
    }
    match cause::<std::io::Error>(&error).and_then(tls::cause).cloned() {
        Some(of_tls) => Ok(tls::failure(host, std::io::Error::other(of_tls))),
        None => Err(error),
    }
}

fn cause<E: std::error::Error + 'static>(error: &hyper::Error) -> Option<&E> {
    std::error::Error::source(error).and_then(|source| source.downcast_ref())
}
