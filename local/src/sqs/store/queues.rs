//! The queues themselves.

use std::time::Duration;

use rusqlite::{OptionalExtension, Row, Transaction, named_params};
use shared::clock::Timestamp;

use super::Store;
use crate::sqs::queue::{QueueSettings, Redrive};
use crate::sqs::rejection::{Rejection, Result};

const PURGE_INTERVAL: Duration = Duration::from_mins(1);

/// A queue as it is stored.
pub struct Queue {
    pub id: i64,
    pub settings: QueueSettings,
    pub created_at: Timestamp,
    pub modified_at: Timestamp,
    purged_at: Option<Timestamp>,
}

impl Store {
    pub fn queue(&self, name: &str) -> Result<Queue> {
        self.find_queue(name)?.ok_or_else(|| Rejection::QueueDoesNotExist.into())
    }

    pub fn find_queue(&self, name: &str) -> Result<Option<Queue>> {
        self.transact(|transaction, _| find(transaction, name))
    }

    /// The names of all queues that start with `prefix`, in order.
    pub fn queue_names(&self, prefix: &str) -> Result<Vec<String>> {
        self.transact(|transaction, _| {
            let mut statement = transaction.prepare_cached("SELECT name FROM queues ORDER BY name")?;
            let names =
                statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
            Ok(names.into_iter().filter(|name| name.starts_with(prefix)).collect())
        })
    }

    /// Makes the queue or changes its settings.
    pub fn put_queue(&self, settings: &QueueSettings) -> Result<()> {
        settings.check()?;
        self.transact(|transaction, now| match find(transaction, &settings.name)? {
            Some(queue) if queue.settings == *settings => Ok(()),
            _ => put(transaction, settings, now),
        })
    }

    pub fn purge_queue(&self, name: &str) -> Result<()> {
        self.with_queue(name, |transaction, queue, now| {
            if queue.purged_at.is_some_and(|at| now.since(at) < PURGE_INTERVAL) {
                return Err(Rejection::PurgeQueueInProgress { queue: name.to_owned() }.into());
            }
            transaction.execute("DELETE FROM messages WHERE queue = ?", [queue.id])?;
            transaction
                .execute("UPDATE queues SET purged_at = ? WHERE id = ?", [now.as_millis(), queue.id])?;
            Ok(())
        })
    }

    pub fn delete_queue(&self, name: &str) -> Result<()> {
        self.with_queue(name, |transaction, queue, _| {
            transaction.execute("DELETE FROM messages WHERE queue = ?", [queue.id])?;
            transaction.execute("DELETE FROM queues WHERE id = ?", [queue.id])?;
            Ok(())
        })
    }
}

pub fn find(transaction: &Transaction<'_>, name: &str) -> Result<Option<Queue>> {
    let mut statement = transaction.prepare_cached("SELECT * FROM queues WHERE name = ?")?;
    Ok(statement.query_row([name], read).optional()?)
}

fn put(transaction: &Transaction<'_>, settings: &QueueSettings, now: Timestamp) -> Result<()> {
    transaction.execute(
        "INSERT INTO queues (
             name, visibility_timeout_ms, retention_ms, delay_ms, receive_wait_ms, maximum_message_bytes,
             dead_letter_queue, max_receive_count, fair, created_at, modified_at
         ) VALUES (
             :name, :visibility_timeout_ms, :retention_ms, :delay_ms, :receive_wait_ms, :maximum_message_bytes,
             :dead_letter_queue, :max_receive_count, :fair, :now, :now
         ) ON CONFLICT (name) DO UPDATE SET
             visibility_timeout_ms = excluded.visibility_timeout_ms, retention_ms = excluded.retention_ms,
             delay_ms = excluded.delay_ms, receive_wait_ms = excluded.receive_wait_ms,
             maximum_message_bytes = excluded.maximum_message_bytes,
             dead_letter_queue = excluded.dead_letter_queue, max_receive_count = excluded.max_receive_count,
             fair = excluded.fair, modified_at = excluded.modified_at",
        named_params! {
            ":name": settings.name,
            ":visibility_timeout_ms": millis(settings.visibility_timeout),
            ":retention_ms": millis(settings.retention),
            ":delay_ms": millis(settings.delay),
            ":receive_wait_ms": millis(settings.receive_wait),
            ":maximum_message_bytes": settings.maximum_message_bytes,
            ":dead_letter_queue": settings.redrive.as_ref().map(|redrive| &redrive.dead_letter_queue),
            ":max_receive_count": settings.redrive.as_ref().map(|redrive| redrive.max_receive_count),
            ":fair": settings.fair,
            ":now": now.as_millis(),
        },
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Queue> {
    let duration = |column: &str| row.get(column).map(Duration::from_millis);
    let dead_letter_queue: Option<String> = row.get("dead_letter_queue")?;
    let max_receive_count: Option<u32> = row.get("max_receive_count")?;
    let settings = QueueSettings {
        name: row.get("name")?,
        visibility_timeout: duration("visibility_timeout_ms")?,
        retention: duration("retention_ms")?,
        delay: duration("delay_ms")?,
        receive_wait: duration("receive_wait_ms")?,
        maximum_message_bytes: row.get("maximum_message_bytes")?,
        redrive: dead_letter_queue
            .zip(max_receive_count)
            .map(|(dead_letter_queue, max_receive_count)| Redrive { dead_letter_queue, max_receive_count }),
        fair: row.get("fair")?,
    };
    Ok(Queue {
        id: row.get("id")?,
        settings,
        created_at: Timestamp::from_millis(row.get("created_at")?),
        modified_at: Timestamp::from_millis(row.get("modified_at")?),
        purged_at: row.get::<_, Option<i64>>("purged_at")?.map(Timestamp::from_millis),
    })
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
