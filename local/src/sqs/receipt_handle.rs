//! The identity of one receiving of one message.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::sqs::rejection::Rejection;

/// On the wire `<queue>.<sequence>.<receive>` in base64: opaque, and yet the same in every run of the same test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiptHandle {
    pub queue: i64,
    pub sequence: i64,
    /// How often the message had been received from this queue: 1 for its first receipt handle.
    pub receive: u32,
}

impl ReceiptHandle {
    pub fn encode(self) -> String {
        BASE64_STANDARD.encode(format!("{}.{}.{}", self.queue, self.sequence, self.receive))
    }

    /// Reads a handle that was given out by the queue with the id `queue`.
    pub fn parse(handle: &str, queue: i64) -> Result<Self, Rejection> {
        decode(handle)
            .filter(|decoded| decoded.queue == queue)
            .ok_or_else(|| Rejection::ReceiptHandleIsInvalid(handle.chars().take(SHOWN_MAX).collect()))
    }
}

/// So much of an invalid handle is repeated in the error.
const SHOWN_MAX: usize = 200;

fn decode(handle: &str) -> Option<ReceiptHandle> {
    let plain = String::from_utf8(BASE64_STANDARD.decode(handle).ok()?).ok()?;
    let mut parts = plain.split('.');
    let decoded = ReceiptHandle {
        queue: parts.next()?.parse().ok()?,
        sequence: parts.next()?.parse().ok()?,
        receive: parts.next()?.parse().ok()?,
    };
    parts.next().is_none().then_some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_read_as_it_was_written() {
        let handle = ReceiptHandle { queue: 3, sequence: 1_234_567, receive: 2 };
        assert_eq!(ReceiptHandle::parse(&handle.encode(), 3), Ok(handle));
    }

    #[test]
    fn a_handle_of_another_queue_is_invalid() {
        let handle = ReceiptHandle { queue: 3, sequence: 1, receive: 1 }.encode();
        assert_eq!(ReceiptHandle::parse(&handle, 4), Err(Rejection::ReceiptHandleIsInvalid(handle)));
    }

    #[test]
    fn what_was_never_given_out_is_invalid() {
        for handle in ["", "x", "MQ==", "MS4yLjMuNA==", "MS4yLi0z", "é"] {
            assert!(ReceiptHandle::parse(handle, 1).is_err(), "{handle:?}");
        }
    }
}
