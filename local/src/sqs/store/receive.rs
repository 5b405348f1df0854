//! Messages going out of a queue, into flight.

use std::time::Duration;

use rusqlite::{Row, Transaction, named_params};
use shared::clock::Timestamp;

use super::{Store, choose, count, redrive};
use crate::sqs::message::{self, Message};
use crate::sqs::receipt_handle::ReceiptHandle;
use crate::sqs::rejection::{Rejection, Result};
use crate::state::StateError;

/// How many messages of one queue can be in flight at once.
const IN_FLIGHT_MAX: u64 = 120_000;

impl Store {
    /// Takes up to `max` visible messages in flight, for `visibility_timeout` or else the queue's own. Messages that
    /// were received too often go to the dead-letter queue instead.
    pub fn receive(
        &self,
        queue: &str,
        max: usize,
        visibility_timeout: Option<Duration>,
    ) -> Result<Vec<Message>> {
        self.with_queue(queue, |transaction, queue, now| {
            let in_flight = count::in_flight(transaction, queue, now)?;
            let room = usize::try_from(IN_FLIGHT_MAX.saturating_sub(in_flight.total)).unwrap_or(usize::MAX);
            if room == 0 {
                return Err(Rejection::OverLimit.into());
            }
            let chosen = loop {
                let candidates = choose::visible(transaction, queue, &in_flight, max.min(room), now)?;
                if redrive::exhausted(transaction, queue, &candidates, now)? == 0 {
                    break candidates;
                }
            };
            let visible_at = now + visibility_timeout.unwrap_or(queue.settings.visibility_timeout);
            chosen
                .into_iter()
                .map(|candidate| take(transaction, candidate.sequence, visible_at, now))
                .collect()
        })
    }
}

fn take(
    transaction: &Transaction<'_>,
    sequence: i64,
    visible_at: Timestamp,
    now: Timestamp,
) -> Result<Message> {
    let mut statement = transaction.prepare_cached(
        "UPDATE messages
         SET visible_at = :visible_at, received_at = :now, first_received_at = coalesce(first_received_at, :now),
             receives = receives + 1
         WHERE sequence = :sequence
         RETURNING *",
    )?;
    let received = named_params! {
        ":sequence": sequence, ":visible_at": visible_at.as_millis(), ":now": now.as_millis(),
    };
    statement.query_row(received, |row| Ok(read(row)))?
}

fn read(row: &Row<'_>) -> Result<Message> {
    let sequence = row.get("sequence")?;
    let sent_at = Timestamp::from_millis(row.get("sent_at")?);
    let receive: u32 = row.get("receives")?;
    let body: String = row.get("body")?;
    let group: String = row.get("message_group")?;
    let attributes: String = row.get("attributes")?;
    Ok(Message {
        message_id: message::message_id(sequence, sent_at),
        receipt_handle: ReceiptHandle { queue: row.get("queue")?, sequence, receive }.encode(),
        md5_of_body: message::md5_of_body(&body),
        body,
        sent_at,
        first_received_at: Timestamp::from_millis(row.get("first_received_at")?),
        receive_count: receive + row.get::<_, u32>("earlier_receives")?,
        group: Some(group).filter(|group| !group.is_empty()),
        attributes: serde_json::from_str(&attributes)
            .map_err(|source| StateError::new("reading a message's attributes", source))?,
        trace_header: row.get("trace_header")?,
        sender: row.get("sender")?,
        dead_letter_source: row.get("dead_letter_source")?,
    })
}

#[cfg(test)]
mod tests {
    use shared::clock::Clock;

    use super::*;
    use crate::sqs::QueueSettings;
    use crate::sqs::rejection::Error;
    use crate::state::State;

    #[test]
    fn no_more_than_the_limit_are_in_flight() {
        let clock = Clock::starting_at(Timestamp::from_millis(1_000));
        let store = Store::open(&State::Memory, clock.clone()).unwrap();
        store.put_queue(&QueueSettings::named("jobs")).unwrap();
        put_in_flight(&store, IN_FLIGHT_MAX - 1);
        let more = (0..3).map(|_| Ok(message::NewMessage::with_body("one more"))).collect();
        store.send("jobs", more).unwrap();

        assert_eq!(store.receive("jobs", 10, None).unwrap().len(), 1);
        let refused = store.receive("jobs", 10, None);
        assert!(matches!(refused, Err(Error::Rejected(Rejection::OverLimit))));

        clock.advance(Duration::from_secs(30));
        assert_eq!(store.receive("jobs", 10, None).unwrap().len(), 10);
    }

    fn put_in_flight(store: &Store, count: u64) {
        let rows = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
            INSERT INTO messages (
                queue, body, attributes, message_group, sender, sent_at, visible_at, first_received_at, received_at,
                receives
            ) SELECT 1, 'body', '{}', '', 'sender', 1000, 30000, 1000, 1000, 1 FROM numbers";
        store.transact(|transaction, _| Ok(transaction.execute(rows, [count])?)).unwrap();
    }
}
