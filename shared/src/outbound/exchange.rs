//! One request and the head of its response over one connection, which nothing else uses.

mod allowance;

use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use self::allowance::{Allowance, Metered};
use super::address::Guard;
use super::connection::Connection;
use super::deadline::Deadline;
use super::error::{Error, Phase};
use super::failure::of_beneath;
use super::network::Stream;
use super::request::Request;
use super::response::Response;
use super::{HEAD_BYTES_MAX, HEADERS_MAX};

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
