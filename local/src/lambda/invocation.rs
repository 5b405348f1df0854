//! One run of a function, on its way to an environment and back.

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use super::InvokeError;

/// The outcome of an invocation.
pub type Outcome = BoxFuture<'static, Result<Bytes, InvokeError>>;

/// Answered exactly once: by [`Invocation::finish`], or as crashed if it is dropped without.
pub struct Invocation {
    request_id: String,
    payload: Bytes,
    outcome: oneshot::Sender<Result<Bytes, InvokeError>>,
}

impl Invocation {
    pub fn new(payload: Bytes) -> (Self, Outcome) {
        let (outcome, receiver) = oneshot::channel();
        let receiver = receiver.map(|received| {
            received.unwrap_or_else(|_| {
                Err(InvokeError::Crashed { detail: "its environment is gone".to_owned() })
            })
        });
        (Self { request_id: uuid(rand::random()), payload, outcome }, receiver.boxed())
    }

    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    pub fn payload(&self) -> &Bytes {
        &self.payload
    }

    /// Whether nobody waits for the outcome any more.
    pub fn is_abandoned(&self) -> bool {
        self.outcome.is_closed()
    }

    pub fn finish(self, outcome: Result<Bytes, InvokeError>) {
        // The caller may have given up, as a gateway does at its own timeout.
        drop(self.outcome.send(outcome));
    }

    pub fn crash(self, detail: impl Into<String>) {
        self.finish(Err(InvokeError::Crashed { detail: detail.into() }));
    }
}

/// A version 4 UUID of these random bits.
fn uuid(bits: u128) -> String {
    let bits = (bits & !(0xf << 76) & !(0b11 << 62)) | (4 << 76) | (0b10 << 62);
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_a_version_4_uuid() {
        assert_eq!(uuid(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    #[tokio::test]
    async fn an_invocation_that_is_lost_has_crashed() {
        let (invocation, outcome) = Invocation::new(Bytes::new());
        drop(invocation);
        assert!(matches!(outcome.await, Err(InvokeError::Crashed { .. })));
    }
}
