//! Messages that were received too often.

use rusqlite::{Transaction, named_params};
use shared::clock::Timestamp;

use super::choose::Candidate;
use super::{Queue, queues};
use crate::sqs::rejection::Result;

/// Moves those of `candidates` that were received as often as the queue allows to its dead-letter queue, where they
/// are visible at once. Returns how many.
pub fn exhausted(
    transaction: &Transaction<'_>,
    queue: &Queue,
    candidates: &[Candidate],
    now: Timestamp,
) -> Result<usize> {
    let Some(redrive) = &queue.settings.redrive else {
        return Ok(0);
    };
    let exhausted: Vec<_> =
        candidates.iter().filter(|candidate| candidate.receives >= redrive.max_receive_count).collect();
    if exhausted.is_empty() {
        return Ok(0);
    }
    // A queue that is its own dead-letter queue would never release a message.
    let target =
        queues::find(transaction, &redrive.dead_letter_queue)?.filter(|target| target.id != queue.id);
    let Some(target) = target else {
        return Ok(0);
    };
    for candidate in &exhausted {
        transaction
            .prepare_cached(
                "UPDATE messages
                 SET queue = :target, dead_letter_source = :source, visible_at = :now, received_at = NULL,
                     earlier_receives = earlier_receives + receives, receives = 0
                 WHERE sequence = :sequence",
            )?
            .execute(named_params! {
                ":sequence": candidate.sequence,
                ":target": target.id,
                ":source": queue.settings.name,
                ":now": now.as_millis(),
            })?;
    }
    Ok(exhausted.len())
}
