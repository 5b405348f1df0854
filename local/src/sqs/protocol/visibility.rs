//! `ChangeMessageVisibility` and `ChangeMessageVisibilityBatch`.

use std::time::Duration;

use serde::Deserialize;

use super::batch::{BatchOutput, check_ids};
use super::{Nothing, queue_name};
use crate::sqs::queue::VISIBILITY_TIMEOUT_MAX;
use crate::sqs::rejection::{Rejection, Result};
use crate::sqs::{Sqs, only};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ChangeMessageVisibilityInput {
    queue_url: String,
    receipt_handle: String,
    visibility_timeout: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ChangeMessageVisibilityBatchInput {
    queue_url: String,
    entries: Vec<Entry>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Entry {
    id: String,
    receipt_handle: String,
    visibility_timeout: Option<i64>,
}

pub fn change_message_visibility(sqs: &Sqs, input: ChangeMessageVisibilityInput) -> Result<Nothing> {
    if input.receipt_handle.is_empty() {
        return Err(Rejection::MissingParameter("ReceiptHandle").into());
    }
    let change = (input.receipt_handle.as_str(), required(input.visibility_timeout));
    let changed = sqs.store.change_visibility(queue_name(&input.queue_url)?, &[change])?;
    only(changed)?;
    Ok(Nothing {})
}

pub fn change_message_visibility_batch(
    sqs: &Sqs,
    input: ChangeMessageVisibilityBatchInput,
) -> Result<BatchOutput<Nothing>> {
    let queue = queue_name(&input.queue_url)?;
    let ids: Vec<_> = input.entries.iter().map(|entry| entry.id.clone()).collect();
    check_ids(&ids)?;
    let changes: Vec<_> = input
        .entries
        .iter()
        .map(|entry| (entry.receipt_handle.as_str(), required(entry.visibility_timeout)))
        .collect();
    let outcomes = sqs.store.change_visibility(queue, &changes)?;
    Ok(BatchOutput::new(ids, outcomes.into_iter().map(|outcome| outcome.map(|()| Nothing {})).collect()))
}

pub fn visibility_timeout(seconds: i64) -> Result<Duration, Rejection> {
    let timeout = u64::try_from(seconds).ok().map(Duration::from_secs);
    let reason = "Must be between 0 and 43200.";
    timeout
        .filter(|timeout| *timeout <= VISIBILITY_TIMEOUT_MAX)
        .ok_or_else(|| Rejection::invalid_parameter(seconds, "VisibilityTimeout", reason))
}

fn required(seconds: Option<i64>) -> Result<Duration, Rejection> {
    visibility_timeout(seconds.ok_or(Rejection::MissingParameter("VisibilityTimeout"))?)
}
