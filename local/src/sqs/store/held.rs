//! The operations of a message's receiver: delete it, or change how long nobody else sees it.

use std::time::Duration;

use rusqlite::{OptionalExtension, Transaction, named_params};
use shared::clock::Timestamp;

use super::{Queue, Store};
use crate::sqs::queue::VISIBILITY_TIMEOUT_MAX;
use crate::sqs::receipt_handle::ReceiptHandle;
use crate::sqs::rejection::{Error, Rejection, Result};

impl Store {
    /// Deletes each message of which the handle is the newest. One that is gone or has a newer handle is left as it is.
    pub fn delete(&self, queue: &str, receipt_handles: &[&str]) -> Result<Vec<Result<(), Rejection>>> {
        self.with_queue(queue, |transaction, queue, _| {
            one_by_one(receipt_handles, |handle| {
                let handle = ReceiptHandle::parse(handle, queue.id)?;
                let mut statement = transaction.prepare_cached(
                    "DELETE FROM messages WHERE sequence = :sequence AND queue = :queue AND receives = :receive",
                )?;
                statement.execute(named_params! {
                    ":sequence": handle.sequence, ":queue": handle.queue, ":receive": handle.receive,
                })?;
                Ok(())
            })
        })
    }

    /// Makes every message in flight, in whatever queue, visible now; returns their bodies. They count as received all the
    /// same.
    pub fn end_flights(&self) -> Result<Vec<String>> {
        self.transact(|transaction, now| {
            let mut statement = transaction.prepare(
                "UPDATE messages SET visible_at = :now WHERE receives > 0 AND visible_at > :now RETURNING body",
            )?;
            let bodies = statement.query_map(named_params! { ":now": now.as_millis() }, |row| row.get(0))?;
            Ok(bodies.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Makes each message in flight visible so much later than now. Zero is at once.
    pub fn change_visibility(
        &self,
        queue: &str,
        changes: &[(&str, Result<Duration, Rejection>)],
    ) -> Result<Vec<Result<(), Rejection>>> {
        self.with_queue(queue, |transaction, queue, now| {
            one_by_one(changes, |(handle, timeout)| {
                change_visibility(transaction, queue, handle, timeout.clone()?, now)
            })
        })
    }
}

/// Does `work` for each of `items`. A rejected item is rejected alone; a fault fails all.
fn one_by_one<I>(items: &[I], work: impl Fn(&I) -> Result<()>) -> Result<Vec<Result<(), Rejection>>> {
    let outcomes = items.iter().map(|item| match work(item) {
        Ok(()) => Ok(Ok(())),
        Err(Error::Rejected(rejection)) => Ok(Err(rejection)),
        Err(fault) => Err(fault),
    });
    outcomes.collect()
}

fn change_visibility(
    transaction: &Transaction<'_>,
    queue: &Queue,
    receipt_handle: &str,
    timeout: Duration,
    now: Timestamp,
) -> Result<()> {
    let handle = ReceiptHandle::parse(receipt_handle, queue.id)?;
    let invalid = |reason: &str| Rejection::invalid_parameter(receipt_handle, "ReceiptHandle", reason);
    let Some(held) = held(transaction, handle)? else {
        return Err(
            invalid("Message does not exist or is not available for visibility timeout change.").into()
        );
    };
    if held.receive != handle.receive {
        return Err(invalid("The receipt handle has expired.").into());
    }
    if held.visible_at <= now {
        return Err(Rejection::MessageNotInflight.into());
    }
    let visible_at = now + timeout;
    if visible_at > held.received_at + VISIBILITY_TIMEOUT_MAX {
        let reason = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]";
        return Err(Rejection::invalid_parameter(timeout.as_secs(), "VisibilityTimeout", reason).into());
    }
    transaction
        .prepare_cached("UPDATE messages SET visible_at = :visible_at WHERE sequence = :sequence")?
        .execute(named_params! { ":sequence": handle.sequence, ":visible_at": visible_at.as_millis() })?;
    Ok(())
}

/// A message that was received at least once from the queue it is in.
struct Held {
    receive: u32,
    received_at: Timestamp,
    visible_at: Timestamp,
}

fn held(transaction: &Transaction<'_>, handle: ReceiptHandle) -> Result<Option<Held>> {
    let mut statement = transaction.prepare_cached(
        "SELECT receives, received_at, visible_at FROM messages
         WHERE sequence = :sequence AND queue = :queue AND receives > 0",
    )?;
    let parameters = named_params! { ":sequence": handle.sequence, ":queue": handle.queue };
    let held = statement.query_row(parameters, |row| {
        Ok(Held {
            receive: row.get(0)?,
            received_at: Timestamp::from_millis(row.get(1)?),
            visible_at: Timestamp::from_millis(row.get(2)?),
        })
    });
    Ok(held.optional()?)
}
