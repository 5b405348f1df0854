//! `CreateQueue`, `DeleteQueue`, `GetQueueUrl`, `ListQueues` and `PurgeQueue`.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use super::queue_attributes::{apply, check_redrive};
use super::{Nothing, queue_name};
use crate::sqs::Sqs;
use crate::sqs::queue::{ACCOUNT, QueueSettings};
use crate::sqs::rejection::{Rejection, Result};

/// How many queues one answer lists, and the most that a caller may ask for.
const LISTED_MAX: usize = 1000;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateQueueInput {
    queue_name: String,
    attributes: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct QueueUrlInput {
    queue_url: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GetQueueUrlInput {
    queue_name: String,
    #[serde(rename = "QueueOwnerAWSAccountId")]
    owner: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListQueuesInput {
    queue_name_prefix: String,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueueUrlOutput {
    queue_url: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListQueuesOutput {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    queue_urls: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// Makes a queue. An existing one is answered as if it were new, unless an attribute has another value.
pub fn create_queue(sqs: &Sqs, input: CreateQueueInput) -> Result<QueueUrlOutput> {
    if input.queue_name.is_empty() {
        return Err(Rejection::MissingParameter("QueueName").into());
    }
    match sqs.store.find_queue(&input.queue_name)? {
        Some(queue) => {
            for (name, value) in input.attributes {
                let mut wanted = queue.settings.clone();
                apply(&name, &value, &mut wanted)?;
                if wanted != queue.settings {
                    return Err(Rejection::QueueNameExists { attribute: name }.into());
                }
            }
        }
        None => {
            let mut settings = QueueSettings::named(&input.queue_name);
            for (name, value) in &input.attributes {
                apply(name, value, &mut settings)?;
            }
            check_redrive(sqs, &settings)?;
            sqs.store.put_queue(&settings)?;
        }
    }
    Ok(QueueUrlOutput { queue_url: sqs.queue_url(&input.queue_name) })
}

pub fn delete_queue(sqs: &Sqs, input: QueueUrlInput) -> Result<Nothing> {
    sqs.store.delete_queue(queue_name(&input.queue_url)?)?;
    Ok(Nothing {})
}

pub fn purge_queue(sqs: &Sqs, input: QueueUrlInput) -> Result<Nothing> {
    sqs.store.purge_queue(queue_name(&input.queue_url)?)?;
    Ok(Nothing {})
}

pub fn get_queue_url(sqs: &Sqs, input: GetQueueUrlInput) -> Result<QueueUrlOutput> {
    if input.queue_name.is_empty() {
        return Err(Rejection::MissingParameter("QueueName").into());
    }
    if input.owner.is_some_and(|owner| owner != ACCOUNT) {
        return Err(Rejection::QueueDoesNotExist.into());
    }
    let queue = sqs.store.queue(&input.queue_name)?;
    Ok(QueueUrlOutput { queue_url: sqs.queue_url(&queue.settings.name) })
}

pub fn list_queues(sqs: &Sqs, input: ListQueuesInput) -> Result<ListQueuesOutput> {
    let max = match input.max_results {
        Some(max) => usize::try_from(max)
            .ok()
            .filter(|max| (1..=LISTED_MAX).contains(max))
            .ok_or_else(|| Rejection::invalid_parameter(max, "MaxResults", "Must be between 1 and 1000."))?,
        None => LISTED_MAX,
    };
    let listed_before = input.next_token.as_deref().map(read_token).transpose()?;
    let mut names = sqs.store.queue_names(&input.queue_name_prefix)?;
    names.retain(|name| listed_before.as_ref().is_none_or(|last| name > last));
    let more = names.len() > max;
    names.truncate(max);
    Ok(ListQueuesOutput {
        next_token: names
            .last()
            .filter(|_| more && input.max_results.is_some())
            .map(|name| BASE64_STANDARD.encode(name)),
        queue_urls: names.iter().map(|name| sqs.queue_url(name)).collect(),
    })
}

/// The last name of the page before.
fn read_token(token: &str) -> Result<String, Rejection> {
    let name = BASE64_STANDARD.decode(token).ok().and_then(|name| String::from_utf8(name).ok());
    name.ok_or_else(|| Rejection::invalid_parameter(token, "NextToken", "Not a token of this operation."))
}
