//! How many messages a queue has, and when the next one comes.

use std::time::Duration;

use rusqlite::{Transaction, named_params};
use shared::clock::Timestamp;

use super::{Queue, Store};
use crate::sqs::fair::InFlight;
use crate::sqs::rejection::Result;

/// A message that was received more often no longer counts as the oldest.
const RECEIVES_COUNTED: u32 = 3;

/// The messages of a queue that are not deleted. Exact, where AWS gives an approximation.
pub struct Count {
    pub visible: u64,
    pub in_flight: u64,
    pub delayed: u64,
}

impl Count {
    pub fn all(&self) -> u64 {
        self.visible + self.in_flight + self.delayed
    }
}

impl Store {
    pub fn count(&self, queue: &str) -> Result<Count> {
        self.with_queue(queue, |transaction, queue, now| {
            let mut statement = transaction.prepare_cached(
                "SELECT count(*), count(*) FILTER (WHERE visible_at <= :now) FROM messages WHERE queue = :queue",
            )?;
            let parameters = named_params! { ":queue": queue.id, ":now": now.as_millis() };
            let (all, visible): (u64, u64) =
                statement.query_row(parameters, |row| Ok((row.get(0)?, row.get(1)?)))?;
            let in_flight = in_flight(transaction, queue, now)?.total;
            Ok(Count { visible, in_flight, delayed: all - visible - in_flight })
        })
    }

    pub fn oldest_age(&self, queue: &str) -> Result<Duration> {
        self.with_queue(queue, |transaction, queue, now| {
            let mut statement = transaction.prepare_cached(
                "SELECT min(sent_at) FROM messages WHERE queue = :queue AND receives <= :most",
            )?;
            let parameters = named_params! { ":queue": queue.id, ":most": RECEIVES_COUNTED };
            let oldest: Option<i64> = statement.query_row(parameters, |row| row.get(0))?;
            Ok(oldest.map_or(Duration::ZERO, |oldest| now.since(Timestamp::from_millis(oldest))))
        })
    }

    /// When the earliest message is visible; none in an empty queue.
    pub fn next_visible_at(&self, queue: &str) -> Result<Option<Timestamp>> {
        self.with_queue(queue, |transaction, queue, _| {
            let mut statement =
                transaction.prepare_cached("SELECT min(visible_at) FROM messages WHERE queue = ?")?;
            let earliest: Option<i64> = statement.query_row([queue.id], |row| row.get(0))?;
            Ok(earliest.map(Timestamp::from_millis))
        })
    }
}

pub fn in_flight(transaction: &Transaction<'_>, queue: &Queue, now: Timestamp) -> Result<InFlight> {
    // The planner would take an index that also has every delayed message.
    let mut statement = transaction.prepare_cached(
        "SELECT message_group, count(*) FROM messages INDEXED BY messages_received
         WHERE queue = :queue AND receives > 0 AND visible_at > :now GROUP BY message_group",
    )?;
    let parameters = named_params! { ":queue": queue.id, ":now": now.as_millis() };
    let groups = statement.query_map(parameters, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut in_flight = InFlight::default();
    for group in groups {
        let (group, count): (String, u64) = group?;
        in_flight.total += count;
        if !group.is_empty() {
            in_flight.by_group.push((group, count));
        }
    }
    Ok(in_flight)
}
