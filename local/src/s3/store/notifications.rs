//! Notifications that are still to be delivered.

use rusqlite::{Connection, Row, params};
use shared::clock::Timestamp;

use crate::s3::event::{self, Created};

pub const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS notifications (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        bucket TEXT NOT NULL,
        key TEXT NOT NULL,
        event_name TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        etag TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        due_at INTEGER NOT NULL
    );
    CREATE INDEX IF NOT EXISTS notifications_due ON notifications (due_at, id)";

/// An object was created, and someone is to hear of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    /// Never given twice; a later one has a higher id.
    pub id: i64,
    pub bucket: String,
    pub key: String,
    /// One entry of an S3 event's `Records`.
    pub event: serde_json::Value,
    /// Deliveries that failed so far.
    pub attempts: u32,
}

/// Keeps a notification that is due at once.
pub fn put(index: &Connection, created: &Created) -> rusqlite::Result<()> {
    let mut insert = index.prepare_cached(
        "INSERT INTO notifications (bucket, key, event_name, bytes, etag, created_at, due_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
    )?;
    insert.execute(params![
        created.bucket,
        created.key,
        created.event_name,
        created.bytes as i64,
        created.etag,
        created.at.as_millis()
    ])?;
    Ok(())
}

pub fn due(index: &Connection, now: Timestamp, limit: usize) -> rusqlite::Result<Vec<Notification>> {
    let mut select = index.prepare_cached(
        "SELECT id, bucket, key, event_name, bytes, etag, created_at, attempts FROM notifications
         WHERE due_at <= ?1 ORDER BY due_at, id LIMIT ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = select.query_map([now.as_millis(), limit], from_row)?;
    rows.collect()
}

pub fn next_due(index: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    let earliest: Option<i64> =
        index.query_row("SELECT min(due_at) FROM notifications", [], |row| row.get(0))?;
    Ok(earliest.map(Timestamp::from_millis))
}

pub fn put_off(index: &Connection, id: i64, attempts: u32, due_at: Timestamp) -> rusqlite::Result<()> {
    index.execute(
        "UPDATE notifications SET attempts = ?2, due_at = ?3 WHERE id = ?1",
        params![id, attempts, due_at.as_millis()],
    )?;
    Ok(())
}

pub fn remove(index: &Connection, id: i64) -> rusqlite::Result<()> {
    index.execute("DELETE FROM notifications WHERE id = ?1", [id])?;
    Ok(())
}

fn from_row(row: &Row) -> rusqlite::Result<Notification> {
    let id = row.get(0)?;
    let created = Created {
        bucket: row.get(1)?,
        key: row.get(2)?,
        event_name: row.get(3)?,
        bytes: row.get::<_, i64>(4)? as u64,
        etag: row.get(5)?,
        at: Timestamp::from_millis(row.get(6)?),
    };
    let event = event::record(&created, id);
    Ok(Notification { id, bucket: created.bucket, key: created.key, event, attempts: row.get(7)? })
}
