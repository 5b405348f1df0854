//! `GetQueueAttributes` and `SetQueueAttributes`: a queue's settings as AWS names and writes them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Nothing, queue_name};
use crate::sqs::Sqs;
use crate::sqs::queue::{QueueSettings, Redrive, name_in_arn, queue_arn};
use crate::sqs::rejection::{Rejection, Result};
use crate::sqs::store::{Count, Queue};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GetQueueAttributesInput {
    queue_url: String,
    attribute_names: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SetQueueAttributesInput {
    queue_url: String,
    attributes: BTreeMap<String, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetQueueAttributesOutput {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<&'static str, String>,
}

pub fn get_queue_attributes(sqs: &Sqs, input: GetQueueAttributesInput) -> Result<GetQueueAttributesOutput> {
    let name = queue_name(&input.queue_url)?;
    let queue = sqs.store.queue(name)?;
    let mut attributes = values(&queue, &sqs.store.count(name)?);
    let wanted = &input.attribute_names;
    let unknown =
        |name: &&String| *name != "All" && *name != REDRIVE_POLICY && !attributes.contains_key(name.as_str());
    if let Some(unknown) = wanted.iter().find(unknown) {
        return Err(unknown_attribute(unknown).into());
    }
    attributes.retain(|name, _| wanted.iter().any(|wanted| wanted == name || wanted == "All"));
    Ok(GetQueueAttributesOutput { attributes })
}

pub fn set_queue_attributes(sqs: &Sqs, input: SetQueueAttributesInput) -> Result<Nothing> {
    let mut settings = sqs.store.queue(queue_name(&input.queue_url)?)?.settings;
    for (name, value) in &input.attributes {
        apply(name, value, &mut settings)?;
    }
    check_redrive(sqs, &settings)?;
    sqs.store.put_queue(&settings)?;
    Ok(Nothing {})
}

/// Sets the one setting that the attribute `name` means.
pub fn apply(name: &str, value: &str, settings: &mut QueueSettings) -> Result<(), Rejection> {
    let number = || value.parse::<u32>().map_err(|_| Rejection::invalid_attribute(name));
    let seconds = || number().map(|seconds| Duration::from_secs(seconds.into()));
    match name {
        "VisibilityTimeout" => settings.visibility_timeout = seconds()?,
        "MessageRetentionPeriod" => settings.retention = seconds()?,
        "DelaySeconds" => settings.delay = seconds()?,
        "ReceiveMessageWaitTimeSeconds" => settings.receive_wait = seconds()?,
        "MaximumMessageSize" => settings.maximum_message_bytes = number()? as usize,
        REDRIVE_POLICY => settings.redrive = read_redrive_policy(value)?,
        _ => return Err(unknown_attribute(name)),
    }
    settings.check()
}

/// Rejects a dead-letter queue that does not exist.
pub fn check_redrive(sqs: &Sqs, settings: &QueueSettings) -> Result<()> {
    let Some(redrive) = &settings.redrive else {
        return Ok(());
    };
    match sqs.store.find_queue(&redrive.dead_letter_queue)? {
        Some(_) => Ok(()),
        None => {
            Err(invalid_redrive_policy(&redrive_policy(redrive), "Dead letter target does not exist.").into())
        }
    }
}

const REDRIVE_POLICY: &str = "RedrivePolicy";

fn values(queue: &Queue, count: &Count) -> BTreeMap<&'static str, String> {
    let settings = &queue.settings;
    let seconds = |duration: Duration| duration.as_secs().to_string();
    let mut values = BTreeMap::from([
        ("ApproximateNumberOfMessages", count.visible.to_string()),
        ("ApproximateNumberOfMessagesDelayed", count.delayed.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", count.in_flight.to_string()),
        ("CreatedTimestamp", queue.created_at.as_secs().to_string()),
        ("DelaySeconds", seconds(settings.delay)),
        ("LastModifiedTimestamp", queue.modified_at.as_secs().to_string()),
        ("MaximumMessageSize", settings.maximum_message_bytes.to_string()),
        ("MessageRetentionPeriod", seconds(settings.retention)),
        ("QueueArn", queue_arn(&settings.name)),
        ("ReceiveMessageWaitTimeSeconds", seconds(settings.receive_wait)),
        ("VisibilityTimeout", seconds(settings.visibility_timeout)),
    ]);
    values.extend(settings.redrive.as_ref().map(|redrive| (REDRIVE_POLICY, redrive_policy(redrive))));
    values
}

fn redrive_policy(redrive: &Redrive) -> String {
    let policy = serde_json::json!({
        "deadLetterTargetArn": queue_arn(&redrive.dead_letter_queue),
        "maxReceiveCount": redrive.max_receive_count,
    });
    policy.to_string()
}

/// An empty policy means none.
fn read_redrive_policy(text: &str) -> Result<Option<Redrive>, Rejection> {
    if text.is_empty() {
        return Ok(None);
    }
    let policy: Value = serde_json::from_str(text)
        .map_err(|_| invalid_redrive_policy(text, "Redrive policy is not valid JSON."))?;
    let dead_letter_queue = policy["deadLetterTargetArn"].as_str().and_then(name_in_arn);
    let max_receive_count = match &policy["maxReceiveCount"] {
        Value::String(count) => count.parse().ok(),
        count => count.as_u64().and_then(|count| u32::try_from(count).ok()),
    };
    Ok(Some(Redrive {
        dead_letter_queue: dead_letter_queue
            .ok_or_else(|| invalid_redrive_policy(text, "Invalid value for deadLetterTargetArn."))?
            .to_owned(),
        max_receive_count: max_receive_count
            .ok_or_else(|| invalid_redrive_policy(text, "Invalid value for maxReceiveCount."))?,
    }))
}

fn invalid_redrive_policy(policy: &str, reason: &str) -> Rejection {
    Rejection::invalid_parameter(policy, REDRIVE_POLICY, reason)
}

fn unknown_attribute(name: &str) -> Rejection {
    Rejection::InvalidAttributeName(format!("Unknown Attribute {name}."))
}
