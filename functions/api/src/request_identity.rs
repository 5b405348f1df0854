//! The identity of a request, which it shares with its repeats.

use shared::idempotency::IdempotencyKey;

/// The key that a client sent with a request, and the name that the request has because of it.
#[derive(Clone, Debug)]
pub struct RequestIdentity {
    pub key: Option<IdempotencyKey>,
    /// The same for every repeat under the key; without a key, no other request has it.
    pub name: String,
}
