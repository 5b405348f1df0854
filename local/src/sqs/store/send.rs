//! Messages coming into a queue.

use rusqlite::{Transaction, named_params};
use shared::clock::Timestamp;

use super::{Queue, Store};
use crate::sqs::message::{self, NewMessage};
use crate::sqs::rejection::{Rejection, Result};
use crate::state::StateError;

/// The response to the sender of a message.
pub struct Sent {
    pub message_id: String,
    pub md5_of_body: String,
    pub md5_of_attributes: Option<String>,
}

impl Store {
    /// Stores every message that the queue accepts. Those that were rejected before keep their place in the outcome.
    pub fn send(
        &self,
        queue: &str,
        messages: Vec<Result<NewMessage, Rejection>>,
    ) -> Result<Vec<Result<Sent, Rejection>>> {
        self.with_queue(queue, |transaction, queue, now| {
            let stored = messages.into_iter().map(|message| {
                let accepted = message.and_then(|message| message.check(&queue.settings).map(|()| message));
                match accepted {
                    Ok(message) => insert(transaction, queue, &message, now).map(Ok),
                    Err(rejection) => Ok(Err(rejection)),
                }
            });
            stored.collect()
        })
    }
}

fn insert(
    transaction: &Transaction<'_>,
    queue: &Queue,
    message: &NewMessage,
    now: Timestamp,
) -> Result<Sent> {
    let attributes = serde_json::to_string(&message.attributes)
        .map_err(|source| StateError::new("storing a message's attributes", source))?;
    transaction
        .prepare_cached(
            "INSERT INTO messages (queue, body, attributes, message_group, trace_header, sender, sent_at, visible_at)
             VALUES (:queue, :body, :attributes, :group, :trace_header, :sender, :sent_at, :visible_at)",
        )?
        .execute(named_params! {
            ":queue": queue.id,
            ":body": message.body,
            ":attributes": attributes,
            ":group": message.group.as_deref().unwrap_or_default(),
            ":trace_header": message.trace_header,
            ":sender": message.sender,
            ":sent_at": now.as_millis(),
            ":visible_at": (now + message.delay.unwrap_or(queue.settings.delay)).as_millis(),
        })?;
    Ok(Sent {
        message_id: message::message_id(transaction.last_insert_rowid(), now),
        md5_of_body: message::md5_of_body(&message.body),
        md5_of_attributes: message.attributes.md5(),
    })
}
