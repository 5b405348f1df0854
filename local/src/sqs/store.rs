//! All queues in one SQLite database, each operation in one transaction.

mod choose;
mod count;
mod held;
mod queues;
mod receive;
mod redrive;
mod schema;
mod send;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior, named_params};
use shared::clock::{Clock, Timestamp};
use tokio::sync::watch;

pub use self::count::Count;
pub use self::queues::Queue;
pub use self::send::Sent;
use crate::sqs::rejection::{Rejection, Result};
use crate::state::{self, State};

/// More statements than the store has, so that each is prepared once.
const STATEMENTS_CACHED: usize = 64;

pub struct Store {
    connection: Mutex<Connection>,
    clock: Clock,
    changed: watch::Sender<()>,
}

impl Store {
    pub fn open(state: &State, clock: Clock) -> state::Result<Store> {
        let connection = state.database("sqs")?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
        connection.execute_batch(schema::TABLES)?;
        Ok(Store { connection: Mutex::new(connection), clock, changed: watch::Sender::new(()) })
    }

    pub fn changed(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// How long it is until `at` comes.
    pub fn until(&self, at: Timestamp) -> Duration {
        at.since(self.clock.now())
    }

    /// Does `work` as a whole or not at all, and wakes who waits for a change if it made one.
    fn transact<T>(&self, work: impl FnOnce(&Transaction<'_>, Timestamp) -> Result<T>) -> Result<T> {
        // A panic left no transaction open: dropping one rolls it back.
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let changes_before = connection.total_changes();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&transaction, self.clock.now())?;
        transaction.commit()?;
        if connection.total_changes() != changes_before {
            self.changed.send_replace(());
        }
        Ok(done)
    }

    /// [`Store::transact`] on one queue, from which the messages past their retention are gone.
    fn with_queue<T>(
        &self,
        name: &str,
        work: impl FnOnce(&Transaction<'_>, &Queue, Timestamp) -> Result<T>,
    ) -> Result<T> {
        self.transact(|transaction, now| {
            let queue = queues::find(transaction, name)?.ok_or(Rejection::QueueDoesNotExist)?;
            expire(transaction, &queue, now)?;
            work(transaction, &queue, now)
        })
    }
}

fn expire(transaction: &Transaction<'_>, queue: &Queue, now: Timestamp) -> Result<()> {
    transaction
        .prepare_cached("DELETE FROM messages WHERE queue = :queue AND sent_at <= :sent_at_max")?
        .execute(named_params! {
            ":queue": queue.id,
            ":sent_at_max": (now - queue.settings.retention).as_millis(),
        })?;
    Ok(())
}
