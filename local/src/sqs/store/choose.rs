//! Which of the visible messages come next.

use rusqlite::{Row, Transaction, named_params};
use shared::clock::Timestamp;

use super::Queue;
use crate::sqs::fair::InFlight;
use crate::sqs::rejection::Result;

/// A visible message that could be received.
pub struct Candidate {
    pub sequence: i64,
    /// How often it was received from this queue already.
    pub receives: u32,
    visible_at: i64,
}

/// Up to `max` messages, those that have been visible the longest first; in a fair queue, noisy groups after all
/// others.
pub fn visible(
    transaction: &Transaction<'_>,
    queue: &Queue,
    in_flight: &InFlight,
    max: usize,
    now: Timestamp,
) -> Result<Vec<Candidate>> {
    let noisy = if queue.settings.fair { in_flight.noisy_groups() } else { Vec::new() };
    if noisy.is_empty() {
        return in_any_group(transaction, queue, max, now);
    }
    let mut chosen = Vec::new();
    // Group by group, because a walk by age would pass the whole backlog of a noisy group.
    let mut group = Some(String::new());
    while let Some(quiet) = group {
        if !noisy.contains(&quiet.as_str()) {
            chosen.extend(in_group(transaction, queue, &quiet, max, now)?);
        }
        group = next_group(transaction, queue, &quiet)?;
    }
    chosen.sort_by_key(|candidate| (candidate.visible_at, candidate.sequence));
    chosen.truncate(max);
    for group in noisy {
        chosen.extend(in_group(transaction, queue, group, max - chosen.len(), now)?);
    }
    Ok(chosen)
}

fn in_any_group(
    transaction: &Transaction<'_>,
    queue: &Queue,
    max: usize,
    now: Timestamp,
) -> Result<Vec<Candidate>> {
    let mut statement = transaction.prepare_cached(
        "SELECT sequence, receives, visible_at FROM messages WHERE queue = :queue AND visible_at <= :now
         ORDER BY visible_at, sequence LIMIT :max",
    )?;
    let parameters = named_params! { ":queue": queue.id, ":now": now.as_millis(), ":max": max };
    let candidates = statement.query_map(parameters, read)?.collect::<rusqlite::Result<_>>()?;
    Ok(candidates)
}

fn in_group(
    transaction: &Transaction<'_>,
    queue: &Queue,
    group: &str,
    max: usize,
    now: Timestamp,
) -> Result<Vec<Candidate>> {
    let mut statement = transaction.prepare_cached(
        "SELECT sequence, receives, visible_at FROM messages
         WHERE queue = :queue AND message_group = :group AND visible_at <= :now
         ORDER BY visible_at, sequence LIMIT :max",
    )?;
    let parameters =
        named_params! { ":queue": queue.id, ":group": group, ":now": now.as_millis(), ":max": max };
    let candidates = statement.query_map(parameters, read)?.collect::<rusqlite::Result<_>>()?;
    Ok(candidates)
}

/// The first group after `group`, which need not have a visible message.
fn next_group(transaction: &Transaction<'_>, queue: &Queue, group: &str) -> Result<Option<String>> {
    let mut statement = transaction.prepare_cached(
        "SELECT min(message_group) FROM messages WHERE queue = :queue AND message_group > :group",
    )?;
    Ok(statement.query_row(named_params! { ":queue": queue.id, ":group": group }, |row| row.get(0))?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Candidate> {
    Ok(Candidate { sequence: row.get(0)?, receives: row.get(1)?, visible_at: row.get(2)? })
}
