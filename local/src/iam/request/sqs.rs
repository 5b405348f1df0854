//! The permissions that the operations of SQS need.

use serde_json::Value;

use super::{Unjudged, permission, text};
use crate::iam::Permission;
use crate::template::Deployment;

pub fn required(operation: &str, body: &[u8], deployment: &Deployment) -> Result<Vec<Permission>, Unjudged> {
    let body: Value = serde_json::from_slice(body).map_err(Unjudged::Body)?;
    let queue = match operation {
        "ListQueues" => "*",
        "CreateQueue" | "GetQueueUrl" => text(&body, "QueueName")?,
        _ => queue_of(text(&body, "QueueUrl")?)?,
    };
    // There is no permission for a batch: it needs that of its single form.
    let action = match operation {
        "SendMessageBatch" => "SendMessage",
        "DeleteMessageBatch" => "DeleteMessage",
        "ChangeMessageVisibilityBatch" => "ChangeMessageVisibility",
        "SendMessage"
        | "ReceiveMessage"
        | "DeleteMessage"
        | "ChangeMessageVisibility"
        | "GetQueueAttributes"
        | "SetQueueAttributes"
        | "GetQueueUrl"
        | "CreateQueue"
        | "DeleteQueue"
        | "PurgeQueue"
        | "ListQueues"
        | "ListDeadLetterSourceQueues"
        | "TagQueue"
        | "UntagQueue"
        | "ListQueueTags" => operation,
        _ => return Err(Unjudged::operation(format!("sqs:{operation}"))),
    };
    Ok(vec![permission(format!("sqs:{action}"), deployment.queue_arn(queue))])
}

/// The name of a queue is the last part of its address.
fn queue_of(url: &str) -> Result<&str, Unjudged> {
    match url.rsplit_once('/') {
        Some((_, name)) if !name.is_empty() => Ok(name),
        _ => Err(Unjudged::Field("QueueUrl")),
    }
}
