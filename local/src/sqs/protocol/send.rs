//! `SendMessage` and `SendMessageBatch`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::batch::{BatchOutput, check_ids};
use super::queue_name;
use crate::sqs::attributes::{Attributes, WireAttributes};
use crate::sqs::limits::MESSAGE_BYTES_MAX;
use crate::sqs::message::NewMessage;
use crate::sqs::rejection::{Rejection, Result};
use crate::sqs::store::Sent;
use crate::sqs::{Sqs, only};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessageInput {
    #[serde(default)]
    queue_url: String,
    #[serde(flatten)]
    message: MessageInput,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendMessageBatchInput {
    #[serde(default)]
    queue_url: String,
    #[serde(default)]
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    #[serde(default)]
    id: String,
    #[serde(flatten)]
    message: MessageInput,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MessageInput {
    #[serde(default)]
    message_body: String,
    delay_seconds: Option<i64>,
    #[serde(default)]
    message_attributes: WireAttributes,
    #[serde(default)]
    message_system_attributes: BTreeMap<String, SystemAttribute>,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SystemAttribute {
    string_value: Option<String>,
}

#[derive(Serialize)]
pub struct SentOutput {
    #[serde(rename = "MessageId")]
    message_id: String,
    #[serde(rename = "MD5OfMessageBody")]
    md5_of_body: String,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    md5_of_attributes: Option<String>,
}

pub fn send_message(sqs: &Sqs, sender: &str, input: SendMessageInput) -> Result<SentOutput> {
    let message = input.message.parse(sender)?;
    let sent = sqs.store.send(queue_name(&input.queue_url)?, vec![Ok(message)])?;
    Ok(only(sent)?.into())
}

pub fn send_message_batch(
    sqs: &Sqs,
    sender: &str,
    input: SendMessageBatchInput,
) -> Result<BatchOutput<SentOutput>> {
    let queue = queue_name(&input.queue_url)?;
    let (ids, messages): (Vec<_>, Vec<_>) =
        input.entries.into_iter().map(|entry| (entry.id, entry.message.parse(sender))).unzip();
    check_ids(&ids)?;
    let sent_bytes = messages.iter().flatten().map(NewMessage::bytes).sum();
    if sent_bytes > MESSAGE_BYTES_MAX {
        return Err(Rejection::BatchRequestTooLong { sent_bytes }.into());
    }
    let outcomes = sqs.store.send(queue, messages)?;
    Ok(BatchOutput::new(ids, outcomes.into_iter().map(|outcome| outcome.map(SentOutput::from)).collect()))
}

impl MessageInput {
    fn parse(self, sender: &str) -> Result<NewMessage, Rejection> {
        if let Some(id) = self.message_deduplication_id {
            let reason = "The request include parameter that is not valid for this queue type.";
            return Err(Rejection::invalid_parameter(id, "MessageDeduplicationId", reason));
        }
        let mut trace_header = None;
        for (name, attribute) in self.message_system_attributes {
            match name.as_str() {
                "AWSTraceHeader" => trace_header = attribute.string_value,
                _ => {
                    let message = format!("Message system attribute name '{name}' is invalid.");
                    return Err(Rejection::InvalidParameterValue(message));
                }
            }
        }
        Ok(NewMessage {
            body: self.message_body,
            group: self.message_group_id,
            delay: self.delay_seconds.map(delay).transpose()?,
            attributes: Attributes::try_from(self.message_attributes)?,
            trace_header,
            sender: sender.to_owned(),
        })
    }
}

fn delay(seconds: i64) -> Result<Duration, Rejection> {
    let reason = "DelaySeconds must be >= 0 and <= 900.";
    let seconds =
        u64::try_from(seconds).map_err(|_| Rejection::invalid_parameter(seconds, "DelaySeconds", reason))?;
    Ok(Duration::from_secs(seconds))
}

impl From<Sent> for SentOutput {
    fn from(sent: Sent) -> Self {
        Self {
            message_id: sent.message_id,
            md5_of_body: sent.md5_of_body,
            md5_of_attributes: sent.md5_of_attributes,
        }
    }
}
