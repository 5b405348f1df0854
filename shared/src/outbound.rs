//! Calls to the world: the one HTTP client, for whatever URL a tenant gave. Only this module knows hyper and rustls.
//!
//! ```no_run
//! # use shared::outbound::{Client, Error, Guard, Limits, Network, Request, Target};
//! # async fn example(clock: shared::clock::Clock) -> Result<(), Error> {
//! let client = Client::new(Network::system(), Guard::default(), clock);
//! let limits = Limits { time: std::time::Duration::from_secs(30), body_bytes_max: 16 * 1024 };
//! let target = Target::parse("https://example.com/hooks")?;
//! let response = client.send(Request::new(http::Method::POST, target, limits).body("{}")).await?;
//! let start = response.body.excerpt().await;
//! # Ok(())
//! # }
//! ```
//!
//! Read in this order: [`target`] (which URLs), [`address`] (which addresses), `connect` (look up, judge, dial),
//! `tls`, `exchange` (request and head), [`response`] (the body), [`error`].
//!
//! - A name is looked up once, each answer is judged, and what is dialled is a [`Permitted`] address: there is no second
//!   look-up that could bring another answer. A literal address is judged the same way.
//! - No redirect is followed. [`Response::redirect`] says where one leads, judged.
//! - One deadline bounds all of a call. Head and body have bounds, and a body is read no faster than its caller takes it.
//! - `Accept-Encoding` is `identity`, and nothing is ever decoded.
//! - Each call has a connection of its own, and is never repeated here: whether a call is tried again is its job's to decide.

pub mod address;
pub mod error;
pub mod headers;
pub mod network;
pub mod request;
pub mod response;
pub mod target;

mod connect;
mod connection;
mod deadline;
mod exchange;
mod failure;
mod tls;
mod tls_error;

#[cfg(test)]
mod tests;

pub use address::{Guard, Permitted};
pub use error::Error;
pub use network::{Network, Stream};
pub use request::{Limits, Request};
pub use response::Response;
pub use target::Target;
pub use tls_error::TlsError;

use crate::clock::Clock;
use deadline::Deadline;
use error::Phase;

/// A response whose status line and headers are larger is refused.
pub const HEAD_BYTES_MAX: usize = 32 * 1024;

/// A response with more headers is refused.
pub const HEADERS_MAX: usize = 100;

/// Calls the world. Clones share what is beneath.
#[derive(Clone, Debug)]
pub struct Client {
    network: Network,
    guard: Guard,
    tls: tls::Tls,
    clock: Clock,
}

impl Client {
    /// Making one costs nothing: roots of trust are read at the first call that needs them.
    pub fn new(network: Network, guard: Guard, clock: Clock) -> Self {
        let tls = tls::Tls::new(network.roots.clone(), clock.clone());
        Self { network, guard, tls, clock }
    }

    /// Refuses a target whose host is an address that must not be dialled, before anything is sent. A name is judged by
    /// its addresses when it is called.
    pub fn check(&self, target: &Target) -> Result<(), Error> {
        connect::judge_literal(self.guard, target).map(drop)
    }

    /// Makes one call and returns its response, whatever the status, once its head is there.
    pub async fn send(&self, request: Request) -> Result<Response, Error> {
        let mut deadline = Deadline::new(&self.clock, request.limits.time);
        let target = &request.target;
        let stream = connect::connect(&self.network, self.guard, target, &mut deadline).await?;
        let stream = if target.is_https() {
            deadline.bound(Phase::Securing, self.tls.secure(stream, target)).await??
        } else {
            stream
        };
        exchange::exchange(stream, request, self.guard, deadline).await
    }
}
