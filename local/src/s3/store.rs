//! Objects at rest: an SQLite index over [`blobs`], which are files named by a number, never by a key.
//!
//! A blob is complete under its name before the row that refers to it is committed, and is removed after the
//! commit that drops its last row. So a process killed in between leaves at most a blob without a row, which
//! the next [`Store::open`] removes.

pub mod blobs;
pub mod buckets;
mod json;
pub mod notifications;
pub mod objects;
pub mod uploads;

use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction};
use tokio::sync::Notify;

use super::error::Result;
use crate::state::{self, State};

use blobs::{Blob, Blobs};

pub struct Store {
    index: Mutex<Connection>,
    pub blobs: Blobs,
    notified: Notify,
}

impl Store {
    pub fn open(state: &State) -> state::Result<Self> {
        let index = state.database("s3")?;
        for schema in [buckets::SCHEMA, objects::SCHEMA, uploads::SCHEMA, notifications::SCHEMA] {
            index.execute_batch(schema)?;
        }
        let mut referenced = objects::blobs(&index)?;
        referenced.extend(uploads::blobs(&index)?);
        Ok(Self {
            blobs: Blobs::open(state, &referenced)?,
            index: Mutex::new(index),
            notified: Notify::new(),
        })
    }

    /// Reads the index, and blobs with it: none that it refers to goes while `read` runs.
    pub fn read<T, E>(&self, read: impl FnOnce(&Connection) -> std::result::Result<T, E>) -> Result<T>
    where
        super::error::Error: From<E>,
    {
        Ok(read(&self.lock())?)
    }

    /// Runs `change` in one transaction, and then removes the blobs that it put on its list of unused ones.
    pub fn change<T, E>(
        &self,
        change: impl FnOnce(&Transaction, &mut Vec<Blob>) -> std::result::Result<T, E>,
    ) -> Result<T>
    where
        super::error::Error: From<E>,
    {
        let mut unused = Vec::new();
        let mut index = self.lock();
        let transaction = index.transaction()?;
        let changed = change(&transaction, &mut unused)?;
        transaction.commit()?;
        self.blobs.remove(&unused);
        Ok(changed)
    }

    /// Like [`Store::change`], for a change that brings in `content`: it is removed again if the change
    /// fails.
    pub fn change_with<T>(
        &self,
        content: &[Blob],
        change: impl FnOnce(&Transaction, &mut Vec<Blob>) -> Result<T>,
    ) -> Result<T> {
        self.change(change).inspect_err(|_| self.blobs.remove(content))
    }

    /// Wakes the one who waits in [`Store::changed`], now or next.
    pub fn notify(&self) {
        self.notified.notify_one();
    }

    pub async fn changed(&self) {
        self.notified.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A transaction that panicked was rolled back, so the index is whole.
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
