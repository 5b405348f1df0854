//! Requests under an `Idempotency-Key`.

mod lease;

pub use lease::{Held, Hold, hold_request};
