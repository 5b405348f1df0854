//! Multipart uploads in progress, and their parts.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Row, params};
use s3s::s3_error;
use shared::clock::Timestamp;

use super::blobs::Blob;
use super::json::{from_json, to_json};
use super::objects::Head;
use crate::s3::checksum::{Algorithm, Checksum, Kind};
use crate::s3::error::Result;

pub const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS uploads (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        bucket TEXT NOT NULL,
        key TEXT NOT NULL,
        head TEXT NOT NULL,       -- Head, as JSON
        checksum TEXT NOT NULL,   -- Option<(Algorithm, Kind)>, as JSON
        created_at INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS parts (
        upload INTEGER NOT NULL,
        number INTEGER NOT NULL,
        blob TEXT NOT NULL,       -- Blob, as JSON
        etag TEXT NOT NULL,
        checksum TEXT NOT NULL,   -- Option<Checksum>, as JSON
        modified_at INTEGER NOT NULL,
        PRIMARY KEY (upload, number)
    ) WITHOUT ROWID";

#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    /// Never given twice. Zero until it is put.
    pub id: i64,
    pub bucket: String,
    pub key: String,
    pub head: Head,
    /// The algorithm that the parts are checked by, and the kind of the object's checksum.
    pub checksum: Option<(Algorithm, Kind)>,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub number: i32,
    pub blob: Blob,
    /// Without quotes.
    pub etag: String,
    pub checksum: Option<Checksum>,
    pub modified_at: Timestamp,
}

impl Upload {
    /// Returns the name by which the client knows it.
    pub fn name(&self) -> String {
        format!("{:032x}", self.id)
    }
}

/// Keeps a new upload and gives it its id.
pub fn put(index: &Connection, upload: &mut Upload) -> rusqlite::Result<()> {
    index.execute(
        "INSERT INTO uploads (bucket, key, head, checksum, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            upload.bucket,
            upload.key,
            to_json(&upload.head),
            to_json(&upload.checksum),
            upload.created_at.as_millis()
        ],
    )?;
    upload.id = index.last_insert_rowid();
    Ok(())
}

/// The upload that is called `name` and makes this object, or `NoSuchUpload`.
pub fn require(index: &Connection, bucket: &str, key: &str, name: &str) -> Result<Upload> {
    super::buckets::require(index, bucket)?;
    let mut select = index.prepare_cached(
        "SELECT id, bucket, key, head, checksum, created_at FROM uploads
         WHERE id = ?1 AND bucket = ?2 AND key = ?3",
    )?;
    let upload = match i64::from_str_radix(name, 16) {
        Ok(id) => select.query_row(params![id, bucket, key], upload_from_row).optional()?,
        Err(_) => None,
    };
    Ok(upload.ok_or_else(|| {
        s3_error!(
            NoSuchUpload,
            "The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have \
             been aborted or completed."
        )
    })?)
}

/// The bucket's uploads, by key and then by age.
pub fn list(index: &Connection, bucket: &str) -> rusqlite::Result<Vec<Upload>> {
    let mut select = index.prepare_cached(
        "SELECT id, bucket, key, head, checksum, created_at FROM uploads WHERE bucket = ?1 ORDER BY key, id",
    )?;
    let rows = select.query_map([bucket], upload_from_row)?;
    rows.collect()
}

/// Forgets the upload and its parts; their blobs are the caller's to release.
pub fn remove(index: &Connection, id: i64) -> rusqlite::Result<()> {
    index.execute("DELETE FROM parts WHERE upload = ?1", [id])?;
    index.execute("DELETE FROM uploads WHERE id = ?1", [id])?;
    Ok(())
}

/// Puts the part in place of the one that has its number.
pub fn put_part(index: &Connection, upload: i64, part: &Part) -> rusqlite::Result<()> {
    let mut replace = index.prepare_cached(
        "REPLACE INTO parts (upload, number, blob, etag, checksum, modified_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    replace.execute(params![
        upload,
        part.number,
        to_json(&part.blob),
        part.etag,
        to_json(&part.checksum),
        part.modified_at.as_millis()
    ])?;
    Ok(())
}

/// The upload's parts, by number.
pub fn parts(index: &Connection, upload: i64) -> rusqlite::Result<Vec<Part>> {
    let mut select = index.prepare_cached(
        "SELECT number, blob, etag, checksum, modified_at FROM parts WHERE upload = ?1 ORDER BY number",
    )?;
    let rows = select.query_map([upload], part_from_row)?;
    rows.collect()
}

/// The ids of all blobs that a part refers to.
pub fn blobs(index: &Connection) -> rusqlite::Result<HashSet<i64>> {
    let mut select = index.prepare("SELECT blob FROM parts")?;
    let rows = select.query_map([], |row| Ok(from_json::<Blob>(row, 0)?.id))?;
    rows.collect()
}

fn upload_from_row(row: &Row) -> rusqlite::Result<Upload> {
    Ok(Upload {
        id: row.get(0)?,
        bucket: row.get(1)?,
        key: row.get(2)?,
        head: from_json(row, 3)?,
        checksum: from_json(row, 4)?,
        created_at: Timestamp::from_millis(row.get(5)?),
    })
}

fn part_from_row(row: &Row) -> rusqlite::Result<Part> {
    Ok(Part {
        number: row.get(0)?,
        blob: from_json(row, 1)?,
        etag: row.get(2)?,
        checksum: from_json(row, 3)?,
        modified_at: Timestamp::from_millis(row.get(4)?),
    })
}
