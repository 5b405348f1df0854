//! Requests under an `Idempotency-Key`.

mod lease;

pub use lease::{Lease, Leased, lease_request};
