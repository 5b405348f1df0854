//! `DeleteMessage` and `DeleteMessageBatch`.

use serde::Deserialize;

use super::batch::{BatchOutput, check_ids};
use super::{Nothing, queue_name};
use crate::sqs::rejection::{Rejection, Result};
use crate::sqs::{Sqs, only};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DeleteMessageInput {
    queue_url: String,
    receipt_handle: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DeleteMessageBatchInput {
    queue_url: String,
    entries: Vec<Entry>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Entry {
    id: String,
    receipt_handle: String,
}

pub fn delete_message(sqs: &Sqs, input: DeleteMessageInput) -> Result<Nothing> {
    if input.receipt_handle.is_empty() {
        return Err(Rejection::MissingParameter("ReceiptHandle").into());
    }
    let deleted = sqs.store.delete(queue_name(&input.queue_url)?, &[&input.receipt_handle])?;
    only(deleted)?;
    Ok(Nothing {})
}

pub fn delete_message_batch(sqs: &Sqs, input: DeleteMessageBatchInput) -> Result<BatchOutput<Nothing>> {
    let queue = queue_name(&input.queue_url)?;
    let (ids, handles): (Vec<_>, Vec<_>) =
        input.entries.into_iter().map(|entry| (entry.id, entry.receipt_handle)).unzip();
    check_ids(&ids)?;
    let handles: Vec<_> = handles.iter().map(String::as_str).collect();
    let outcomes = sqs.store.delete(queue, &handles)?;
    Ok(BatchOutput::new(ids, outcomes.into_iter().map(|outcome| outcome.map(|()| Nothing {})).collect()))
}
