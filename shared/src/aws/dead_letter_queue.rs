//! A queue that is read to the end: dead letters, and what Lambda gave up.

use aws_sdk_sqs::Client;

use crate::aws::fault;
use crate::error::Fault;

const BATCH_LENGTH_MAX: i32 = 10;

#[derive(Clone, Debug)]
pub struct DeadLetterQueue {
    client: Client,
    url: String,
}

/// A message of the queue. It stays there until [`DeadLetterQueue::remove`].
#[derive(Clone, Debug)]
pub struct DeadLetter {
    pub id: String,
    pub body: String,
    receipt_handle: String,
}

impl DeadLetterQueue {
    pub fn new(client: Client, url: &str) -> Self {
        Self { client, url: url.to_owned() }
    }

    /// The next few messages; none when the queue is, or seems, empty.
    pub async fn receive(&self) -> Result<Vec<DeadLetter>, Fault> {
        let request = self.client.receive_message().queue_url(&self.url);
        let answer = request.max_number_of_messages(BATCH_LENGTH_MAX).send().await;
        let messages = answer.map_err(fault("reading a dead-letter queue"))?.messages.unwrap_or_default();
        Ok(messages
            .into_iter()
            .map(|message| DeadLetter {
                id: message.message_id.unwrap_or_default(),
                body: message.body.unwrap_or_default(),
                receipt_handle: message.receipt_handle.unwrap_or_default(),
            })
            .collect())
    }

    pub async fn remove(&self, letter: &DeadLetter) -> Result<(), Fault> {
        let request = self.client.delete_message().queue_url(&self.url);
        let removed = request.receipt_handle(&letter.receipt_handle).send().await;
        removed.map_err(fault("removing a dead letter"))?;
        Ok(())
    }
}
