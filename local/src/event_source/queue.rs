//! An SQS queue that invokes a function, with partial batch responses.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::event_source::{Surroundings, batch_item_failures};
use crate::hostile::Percent;
use crate::sqs::{self, Message};
use crate::state;
use crate::template::event::QueueSource;

const DOUBLED: Percent = 10;
const COMES_AGAIN: Percent = 10;
/// Short polling asks some of the servers, and those may have nothing.
const COMES_BACK_EMPTY: Percent = 10;

#[derive(Clone)]
pub struct Queue {
    pub function: String,
    pub source: QueueSource,
    pub around: Surroundings,
}

impl Queue {
    /// Takes a batch of messages out of sight; none when there is nothing to receive.
    pub fn receive(&self) -> state::Result<Vec<Message>> {
        if self.around.hostility.strikes(COMES_BACK_EMPTY) {
            return Ok(Vec::new());
        }
        let mut messages =
            self.around.aws.sqs.receive(&self.source.queue, self.source.batch_size as usize)?;
        if !messages.is_empty() {
            self.around.hostility.reorder(&mut messages, DOUBLED);
        }
        Ok(messages)
    }

    /// Invokes the function with a batch and deletes what it does not ask to have again.
    ///
    /// Everything else comes into sight again when its visibility timeout is over.
    pub async fn deliver(&self, messages: Vec<Message>) -> state::Result<()> {
        let records: Vec<Value> =
            messages.iter().map(|message| record(&self.source.queue, message)).collect();
        let event = json!({ "Records": records });
        let answer = self.around.invoker.invoke(&self.function, Bytes::from(event.to_string())).await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!(function = self.function, %error, "a batch of messages failed");
                return Ok(());
            }
        };
        let failed = if self.source.report_batch_item_failures {
            batch_item_failures(&answer)
        } else {
            Some(Vec::new())
        };
        let Some(failed) = failed else {
            tracing::warn!(
                function = self.function,
                "the answer to a batch cannot be read: all of it failed"
            );
            return Ok(());
        };
        for message in messages.iter().filter(|message| !failed.contains(&message.message_id)) {
            if !self.around.hostility.strikes(COMES_AGAIN) {
                self.around.aws.sqs.delete(&self.source.queue, &message.receipt_handle)?;
            }
        }
        Ok(())
    }
}

fn record(queue: &str, message: &Message) -> Value {
    let mut attributes = json!({
        "ApproximateReceiveCount": message.receive_count.to_string(),
        "SentTimestamp": message.sent_at.as_millis().to_string(),
        "SenderId": message.sender,
        "ApproximateFirstReceiveTimestamp": message.first_received_at.as_millis().to_string(),
    });
    if let Some(group) = &message.group {
        attributes["MessageGroupId"] = json!(group);
    }
    json!({
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": message.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": sqs::queue_arn(queue),
        "awsRegion": sqs::REGION,
    })
}
