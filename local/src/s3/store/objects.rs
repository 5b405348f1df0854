//! The index of objects: one row for each key of a bucket.

use std::collections::{BTreeMap, HashSet};

use rusqlite::{Connection, OptionalExtension, Row, params};
use s3s::s3_error;
use serde::{Deserialize, Serialize};
use shared::clock::Timestamp;

use super::blobs::Blob;
use super::json::{from_json, to_json};
use crate::s3::checksum::Checksum;
use crate::s3::error::Result;

/// Keys are compared as bytes, which is S3's order of them.
pub const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS objects (
        bucket TEXT NOT NULL,
        key TEXT NOT NULL,
        content TEXT NOT NULL,    -- [Blob], as JSON
        etag TEXT NOT NULL,
        checksum TEXT NOT NULL,   -- Option<Checksum>, as JSON
        head TEXT NOT NULL,       -- Head, as JSON
        modified_at INTEGER NOT NULL,
        PRIMARY KEY (bucket, key)
    ) WITHOUT ROWID";

#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    pub key: String,
    /// Its bytes, in this order: several blobs for what came in parts.
    pub content: Vec<Blob>,
    /// Without quotes.
    pub etag: String,
    pub checksum: Option<Checksum>,
    pub head: Head,
    pub modified_at: Timestamp,
}

/// The metadata that the client sends with an object and gets back with it, word for word.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Head {
    pub content_type: Option<String>,
    pub content_encoding: Option<String>,
    pub content_disposition: Option<String>,
    pub content_language: Option<String>,
    pub cache_control: Option<String>,
    /// Without `x-amz-meta-`.
    pub metadata: BTreeMap<String, String>,
}

impl Object {
    pub fn bytes(&self) -> u64 {
        self.content.iter().map(|blob| blob.bytes).sum()
    }
}

pub fn find(index: &Connection, bucket: &str, key: &str) -> rusqlite::Result<Option<Object>> {
    let mut select = index.prepare_cached(
        "SELECT key, content, etag, checksum, head, modified_at FROM objects WHERE bucket = ?1 AND key = ?2",
    )?;
    select.query_row([bucket, key], from_row).optional()
}

/// The object, or `NoSuchKey`.
pub fn require(index: &Connection, bucket: &str, key: &str) -> Result<Object> {
    super::buckets::require(index, bucket)?;
    let object = find(index, bucket, key)?;
    Ok(object.ok_or_else(|| s3_error!(NoSuchKey, "The specified key does not exist."))?)
}

/// Puts the object in place of the one that has its key.
pub fn put(index: &Connection, bucket: &str, object: &Object) -> rusqlite::Result<()> {
    let mut replace = index.prepare_cached(
        "REPLACE INTO objects (bucket, key, content, etag, checksum, head, modified_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    replace.execute(params![
        bucket,
        object.key,
        to_json(&object.content),
        object.etag,
        to_json(&object.checksum),
        to_json(&object.head),
        object.modified_at.as_millis(),
    ])?;
    Ok(())
}

pub fn remove(index: &Connection, bucket: &str, key: &str) -> rusqlite::Result<()> {
    index.execute("DELETE FROM objects WHERE bucket = ?1 AND key = ?2", [bucket, key])?;
    Ok(())
}

/// Calls `visit` with each object whose key is at least `from`, in order, until it answers false.
pub fn visit(
    index: &Connection,
    bucket: &str,
    from: &str,
    mut visit: impl FnMut(Object) -> bool,
) -> rusqlite::Result<()> {
    let mut select = index.prepare_cached(
        "SELECT key, content, etag, checksum, head, modified_at FROM objects
         WHERE bucket = ?1 AND key >= ?2 ORDER BY key",
    )?;
    let mut rows = select.query([bucket, from])?;
    while let Some(row) = rows.next()? {
        if !visit(from_row(row)?) {
            break;
        }
    }
    Ok(())
}

pub fn keys(index: &Connection, bucket: &str) -> rusqlite::Result<Vec<String>> {
    let mut select = index.prepare_cached("SELECT key FROM objects WHERE bucket = ?1 ORDER BY key")?;
    let rows = select.query_map([bucket], |row| row.get(0))?;
    rows.collect()
}

/// The ids of all blobs that an object refers to.
pub fn blobs(index: &Connection) -> rusqlite::Result<HashSet<i64>> {
    let mut select = index.prepare("SELECT content FROM objects")?;
    let contents = select.query_map([], |row| from_json::<Vec<Blob>>(row, 0))?;
    let mut ids = HashSet::new();
    for content in contents {
        ids.extend(content?.iter().map(|blob| blob.id));
    }
    Ok(ids)
}

fn from_row(row: &Row) -> rusqlite::Result<Object> {
    Ok(Object {
        key: row.get(0)?,
        content: from_json(row, 1)?,
        etag: row.get(2)?,
        checksum: from_json(row, 3)?,
        head: from_json(row, 4)?,
        modified_at: Timestamp::from_millis(row.get(5)?),
    })
}
