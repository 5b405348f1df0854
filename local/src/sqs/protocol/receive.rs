//! `ReceiveMessage`, with long polling.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};

use super::queue_name;
use super::visibility::visibility_timeout;
use crate::sqs::Sqs;
use crate::sqs::attributes::Attributes;
use crate::sqs::message::Message;
use crate::sqs::queue::{RECEIVE_WAIT_MAX, queue_arn};
use crate::sqs::rejection::{Error, Rejection, Result};

const MESSAGES_MAX: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReceiveMessageInput {
    #[serde(default)]
    queue_url: String,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    /// The older name of `MessageSystemAttributeNames`.
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReceiveMessageOutput {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<MessageOutput>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MessageOutput {
    message_id: String,
    receipt_handle: String,
    body: String,
    #[serde(rename = "MD5OfBody")]
    md5_of_body: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    message_attributes: Attributes,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    md5_of_message_attributes: Option<String>,
}

pub async fn receive_message(sqs: &Sqs, input: ReceiveMessageInput) -> Result<ReceiveMessageOutput> {
    let queue = queue_name(&input.queue_url)?;
    let max = max_number_of_messages(input.max_number_of_messages.unwrap_or(1))?;
    let timeout = input.visibility_timeout.map(visibility_timeout).transpose()?;
    let wait = match input.wait_time_seconds {
        Some(seconds) => wait_time(seconds)?,
        None => sqs.store.queue(queue)?.settings.receive_wait,
    };
    let messages = poll(sqs, queue, max, timeout, wait).await?;
    let mut wanted = input.message_system_attribute_names;
    wanted.extend(input.attribute_names);
    let output = messages.into_iter().map(|message| show(message, &wanted, &input.message_attribute_names));
    Ok(ReceiveMessageOutput { messages: output.collect() })
}

/// Receives until there is a message or `wait` is over, in real time also under a clock that a test moves.
async fn poll(
    sqs: &Sqs,
    queue: &str,
    max: usize,
    timeout: Option<Duration>,
    wait: Duration,
) -> Result<Vec<Message>> {
    let give_up_at = Instant::now() + wait;
    let mut changed = sqs.changed();
    loop {
        changed.mark_unchanged();
        let messages = match sqs.store.receive(queue, max, timeout) {
            // As AWS does: who waits is told of no limit, only that nothing came.
            Err(Error::Rejected(Rejection::OverLimit)) if !wait.is_zero() => Vec::new(),
            received => received?,
        };
        if !messages.is_empty() || Instant::now() >= give_up_at {
            return Ok(messages);
        }
        let next_visible_in = sqs.store.next_visible_at(queue)?.map(|at| sqs.store.until(at));
        // Messages that are visible already could not be received for the limit, which only a change lifts.
        let look_again_in = next_visible_in.filter(|wait| !wait.is_zero()).unwrap_or(wait);
        tokio::select! {
            () = sleep_until(give_up_at.min(Instant::now() + look_again_in)) => {}
            _ = changed.changed() => {}
        }
    }
}

fn max_number_of_messages(number: i64) -> Result<usize, Rejection> {
    let max = usize::try_from(number).ok().filter(|max| (1..=MESSAGES_MAX).contains(max));
    let reason = "Must be between 1 and 10, if provided.";
    max.ok_or_else(|| Rejection::invalid_parameter(number, "MaxNumberOfMessages", reason))
}

fn wait_time(seconds: i64) -> Result<Duration, Rejection> {
    let wait = u64::try_from(seconds).ok().map(Duration::from_secs).filter(|wait| *wait <= RECEIVE_WAIT_MAX);
    let reason = "Must be >= 0 and <= 20, if provided.";
    wait.ok_or_else(|| Rejection::invalid_parameter(seconds, "WaitTimeSeconds", reason))
}

fn show(message: Message, system_attributes: &[String], message_attributes: &[String]) -> MessageOutput {
    let attributes = system_attribute_values(&message)
        .filter(|(name, _)| system_attributes.iter().any(|wanted| wanted == name || wanted == "All"))
        .collect();
    let message_attributes = message.attributes.selected(message_attributes);
    MessageOutput {
        message_id: message.message_id,
        receipt_handle: message.receipt_handle,
        body: message.body,
        md5_of_body: message.md5_of_body,
        attributes,
        md5_of_message_attributes: message_attributes.md5(),
        message_attributes,
    }
}

fn system_attribute_values(message: &Message) -> impl Iterator<Item = (&'static str, String)> {
    let always = [
        ("ApproximateFirstReceiveTimestamp", message.first_received_at.as_millis().to_string()),
        ("ApproximateReceiveCount", message.receive_count.to_string()),
        ("SenderId", message.sender.clone()),
        ("SentTimestamp", message.sent_at.as_millis().to_string()),
    ];
    let sometimes = [
        ("AWSTraceHeader", message.trace_header.clone()),
        ("DeadLetterQueueSourceArn", message.dead_letter_source.as_deref().map(queue_arn)),
        ("MessageGroupId", message.group.clone()),
    ];
    let present = sometimes.into_iter().filter_map(|(name, value)| Some((name, value?)));
    always.into_iter().chain(present)
}
