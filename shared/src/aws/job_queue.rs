//! A queue of job deliveries. A standard queue: it may repeat and reorder them.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;

use crate::aws::fault;
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::job::{Delivery, Job};
use crate::retry::QUEUE_DELAY_MAX;

/// SQS takes this many messages in one call.
const BATCH_LENGTH_MAX: usize = 10;

#[derive(Clone, Debug)]
pub struct JobQueue {
    client: Client,
    url: String,
}

/// One message to send.
#[derive(Clone, Debug)]
pub struct Dispatch {
    pub delivery: Delivery,
    /// At most [`QUEUE_DELAY_MAX`]; a longer one is cut to it.
    pub delay: Duration,
}

impl Dispatch {
    /// The message that the job's row stands for.
    pub fn of(job: &Job, now: Timestamp) -> Self {
        Self { delivery: job.delivery(), delay: job.delay(now) }
    }
}

impl JobQueue {
    pub fn new(client: Client, url: &str) -> Self {
        Self { client, url: url.to_owned() }
    }

    /// Sends all, ten to a call, and returns the indexes of those that were not taken.
    ///
    /// The tenant is the message group, so that the queue is fair among tenants.
    pub async fn send(&self, sends: &[Dispatch]) -> Vec<(usize, Fault)> {
        let mut failures = Vec::new();
        for (chunk_index, chunk) in sends.chunks(BATCH_LENGTH_MAX).enumerate() {
            let first = chunk_index * BATCH_LENGTH_MAX;
            let entries = chunk.iter().enumerate().map(|(index, send)| entry(first + index, send)).collect();
            let request = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
            match request.send().await {
                Ok(answer) => failures.extend(answer.failed().iter().map(|failed| {
                    let index = failed.id().parse().unwrap_or(first);
                    (index, Fault::new("sending the job", failed.code().to_owned()))
                })),
                Err(error) => {
                    let fault = fault("sending the jobs")(error).chain();
                    let all = first..first + chunk.len();
                    failures.extend(all.map(|index| (index, Fault::new("sending the job", fault.clone()))));
                }
            }
        }
        failures
    }

    /// Hides a received message for `rest`, so that it comes back when a lease has ended.
    pub async fn extend_visibility(&self, receipt_handle: &str, rest: Duration) -> Result<(), Fault> {
        let request = self.client.change_message_visibility().queue_url(&self.url);
        let seconds = i32::try_from(rest.as_secs() + 1).unwrap_or(i32::MAX);
        let request = request.receipt_handle(receipt_handle).visibility_timeout(seconds);
        request.send().await.map_err(fault("putting a delivery back"))?;
        Ok(())
    }
}

fn entry(index: usize, send: &Dispatch) -> SendMessageBatchRequestEntry {
    let delay = send.delay.min(QUEUE_DELAY_MAX);
    let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
    let body = serde_json::to_string(&send.delivery);
    let built = SendMessageBatchRequestEntry::builder()
        .id(index.to_string())
        .message_body(body.unwrap_or_else(|error| unreachable!("a delivery is plain data: {error}")))
        .delay_seconds(i32::try_from(seconds.min(QUEUE_DELAY_MAX.as_secs())).unwrap_or(0))
        .message_group_id(send.delivery.tenant.as_str())
        .build();
    built.unwrap_or_else(|error| unreachable!("id and body are set: {error}"))
}
