//! A message before it is sent, and as it is received.

use std::time::Duration;

use md5::{Digest, Md5};
use sha2::Sha256;
use shared::clock::Timestamp;

use crate::sqs::attributes::Attributes;
use crate::sqs::queue::{ACCOUNT, DELAY_MAX, QueueSettings};
use crate::sqs::rejection::Rejection;
use crate::sqs::text::is_allowed;

const GROUP_LENGTH_MAX: usize = 128;

/// A message to be sent.
#[derive(Clone, Debug)]
pub struct NewMessage {
    pub body: String,
    /// The tenant, for fair queues.
    pub group: Option<String>,
    /// Instead of the queue's own delay.
    pub delay: Option<Duration>,
    pub attributes: Attributes,
    /// `AWSTraceHeader`, which costs no bytes.
    pub trace_header: Option<String>,
    /// Who sends it: `SenderId`.
    pub sender: String,
}

/// A message in flight.
#[derive(Clone, Debug)]
pub struct Message {
    pub message_id: String,
    pub receipt_handle: String,
    pub body: String,
    pub md5_of_body: String,
    pub sent_at: Timestamp,
    pub first_received_at: Timestamp,
    /// This time included, and the times before it moved to a dead-letter queue.
    pub receive_count: u32,
    pub group: Option<String>,
    pub attributes: Attributes,
    pub trace_header: Option<String>,
    pub sender: String,
    /// The name of the queue that it was moved from, if this is a dead-letter queue.
    pub dead_letter_source: Option<String>,
}

impl NewMessage {
    /// A message that has nothing but a body.
    pub fn with_body(body: impl Into<String>) -> Self {
        Self {
            body: body.into(),
            group: None,
            delay: None,
            attributes: Attributes::default(),
            trace_header: None,
            sender: ACCOUNT.to_owned(),
        }
    }

    /// Returns the size that counts against the limits.
    pub fn bytes(&self) -> usize {
        self.body.len() + self.attributes.bytes()
    }

    pub fn check(&self, queue: &QueueSettings) -> Result<(), Rejection> {
        if self.body.is_empty() {
            return Err(Rejection::MissingParameter("MessageBody"));
        }
        if self.bytes() > queue.maximum_message_bytes {
            return Err(Rejection::InvalidParameterValue(format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {} bytes.",
                queue.maximum_message_bytes
            )));
        }
        if !is_allowed(&self.body) {
            return Err(Rejection::InvalidMessageContents);
        }
        if let Some(delay) = self.delay.filter(|delay| *delay > DELAY_MAX) {
            return Err(Rejection::invalid_parameter(
                delay.as_secs(),
                "DelaySeconds",
                "DelaySeconds must be >= 0 and <= 900.",
            ));
        }
        self.group.as_deref().map_or(Ok(()), check_group)
    }
}

fn check_group(group: &str) -> Result<(), Rejection> {
    let length = (1..=GROUP_LENGTH_MAX).contains(&group.len());
    match length && group.chars().all(|c| c.is_ascii_graphic()) {
        true => Ok(()),
        false => Err(Rejection::invalid_parameter(
            group,
            "MessageGroupId",
            "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
        )),
    }
}

pub fn md5_of_body(body: &str) -> String {
    hex::encode(Md5::digest(body.as_bytes()))
}

/// A UUID that the same message has in every run of the same test, and no other message of a state ever has.
pub fn message_id(sequence: i64, sent_at: Timestamp) -> String {
    let mut hash = Sha256::new();
    hash.update(sequence.to_be_bytes());
    hash.update(sent_at.as_millis().to_be_bytes());
    let hex = hex::encode(&hash.finalize()[..16]);
    // The fixed digits say: version 8, an id that is made in a way of its own.
    format!("{}-{}-8{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_id_is_a_uuid_that_depends_on_sequence_and_time() {
        let at = Timestamp::from_millis;
        let id = message_id(1, at(0));
        assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_ne!(id, message_id(2, at(0)));
        assert_ne!(id, message_id(1, at(1)));
        assert_eq!(id, message_id(1, at(0)));
    }
}
