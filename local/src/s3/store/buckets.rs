//! Buckets and what the template says of them.

use rusqlite::{Connection, OptionalExtension, params};
use s3s::s3_error;
use serde::{Deserialize, Serialize};
use shared::clock::Timestamp;

use super::json::{from_json, to_json};
use crate::s3::cors::CorsRule;
use crate::s3::error::Result;

pub const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS buckets (
        name TEXT PRIMARY KEY,
        settings TEXT NOT NULL,   -- BucketSettings, as JSON
        created_at INTEGER NOT NULL
    )";

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BucketSettings {
    pub name: String,
    pub cors: Vec<CorsRule>,
    /// Whatever is created under one of these prefixes leaves a notification.
    #[serde(default)]
    pub notification_prefixes: Vec<String>,
}

pub fn put(index: &Connection, settings: &BucketSettings, now: Timestamp) -> Result<()> {
    index.execute(
        "INSERT INTO buckets (name, settings, created_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET settings = excluded.settings",
        params![settings.name, to_json(settings), now.as_millis()],
    )?;
    Ok(())
}

pub fn find(index: &Connection, name: &str) -> rusqlite::Result<Option<BucketSettings>> {
    let mut select = index.prepare_cached("SELECT settings FROM buckets WHERE name = ?1")?;
    select.query_row([name], |row| from_json(row, 0)).optional()
}

/// The bucket's settings, or `NoSuchBucket`.
pub fn require(index: &Connection, name: &str) -> Result<BucketSettings> {
    let settings = find(index, name)?;
    Ok(settings.ok_or_else(|| s3_error!(NoSuchBucket, "The specified bucket does not exist"))?)
}

/// The buckets' names, each with the time it was made.
pub fn list(index: &Connection) -> rusqlite::Result<Vec<(String, Timestamp)>> {
    let mut select = index.prepare_cached("SELECT name, created_at FROM buckets ORDER BY name")?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, Timestamp::from_millis(row.get(1)?))))?;
    rows.collect()
}
