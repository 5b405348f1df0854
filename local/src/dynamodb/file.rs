//! The engine's SQLite file, opened a second time for what the engine leaves undone: indexes for the statements that it
//! runs most, and an end for the records of the stream.
//!
//! The engine searches all records of a stream for the newest at each write and for the next at each read, all rows for
//! expired ones at each sweep, and all rows for those of a segment at each page of a parallel scan.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};
use shared::clock::Timestamp;

use super::{Database, Position};
use crate::state::{self, StateError};

/// AWS keeps a record of a stream for this long.
const RECORDS_KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Records that are removed in one transaction: the engine waits for it.
const REMOVED_AT_ONCE: usize = 500;

/// The engine adds this to a record's number for its public form, which has 21 digits.
const PUBLIC_NUMBERS_START: u128 = 100_000_000_000_000_000_000;

pub struct File(Mutex<Connection>);

impl File {
    /// Opens the file at `path`, which the engine has made.
    pub fn open(path: &Path) -> state::Result<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.execute_batch(
            "CREATE INDEX IF NOT EXISTS millrace_records
             ON _stream_records (table_name, CAST(sequence_number AS INTEGER))",
        )?;
        Ok(Self(Mutex::new(connection)))
    }

    /// Adds what the engine's statements on a table look for, unless it is there.
    pub fn index_table(&self, table: &str, ttl_attribute: Option<&str>) -> state::Result<()> {
        let rows = quoted(table);
        let segments = quoted(&format!("millrace_segments::{table}"));
        let mut statements =
            format!("CREATE INDEX IF NOT EXISTS {segments} ON {rows} (substr(hash_prefix, 1, 3));");
        if let Some(attribute) = ttl_attribute {
            let (index, expiry) = (quoted(&format!("millrace_expiry::{table}")), expiry(attribute));
            statements += &format!("CREATE INDEX IF NOT EXISTS {index} ON {rows} ({expiry});");
        }
        Ok(self.lock().execute_batch(&statements)?)
    }

    /// Whether any table has an item whose time to live is over.
    pub fn has_expired(&self, now: Timestamp) -> state::Result<bool> {
        let connection = self.lock();
        let mut tables = connection.prepare_cached(
            "SELECT table_name, ttl_attribute FROM _tables WHERE ttl_enabled AND ttl_attribute IS NOT NULL",
        )?;
        let tables = tables.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for table in tables.collect::<rusqlite::Result<Vec<(String, String)>>>()? {
            let (rows, expiry) = (quoted(&table.0), expiry(&table.1));
            let select = format!("SELECT 1 FROM {rows} WHERE {expiry} >= 0 AND {expiry} < ?1 LIMIT 1");
            let seconds = now.as_millis() / 1000;
            if connection.prepare_cached(&select)?.query_row([seconds], |_| Ok(())).optional()?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Removes records of a table's stream that are a day old, or that all of its readers have passed: those up to
    /// `passed`. The newest stays, because the number of the next follows from it.
    pub fn trim(&self, table: &str, passed: &Position, now: Timestamp) -> state::Result<usize> {
        // A record's number is the microsecond in which it was made, or one more than that of the record before.
        let day_old = (now - RECORDS_KEPT_FOR).as_millis() * 1000;
        let up_to = match passed {
            Position::Start => day_old,
            Position::After(number) => stored_number(number)?.max(day_old),
        };
        let mut removed = 0;
        loop {
            // The lock is released in between, so that others get their turn.
            let now_removed = self
                .lock()
                .prepare_cached(
                    "DELETE FROM _stream_records WHERE id IN (
                         SELECT id FROM _stream_records
                         WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) <= ?2
                             AND CAST(sequence_number AS INTEGER) < (
                                 SELECT max(CAST(sequence_number AS INTEGER)) FROM _stream_records WHERE table_name = ?1
                             )
                         ORDER BY CAST(sequence_number AS INTEGER) LIMIT ?3
                     )",
                )?
                .execute(params![table, up_to, REMOVED_AT_ONCE])?;
            removed += now_removed;
            if now_removed < REMOVED_AT_ONCE {
                return Ok(removed);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has the engine return from a write before the disk has it, as the other databases of the state do: a write
/// survives a killed process, not a power cut.
pub fn relax_writes(database: &Database) -> state::Result<()> {
    let relaxing = |error| StateError::new("opening the tables", error);
    // Setting `synchronous` to NORMAL is what ends a bulk load in the engine; there is no other way to say it.
    database.disable_bulk_loading().map_err(relaxing)
}

fn stored_number(public: &str) -> state::Result<i64> {
    let unreadable =
        || StateError::new("reading a stream's position", format!("{public:?} is no record's number"));
    let number: u128 = public.parse().map_err(|_| unreadable())?;
    let stored = number.checked_sub(PUBLIC_NUMBERS_START).ok_or_else(unreadable)?;
    i64::try_from(stored).map_err(|_| unreadable())
}

/// The expression for an item's time to live: a number, or null.
fn expiry(attribute: &str) -> String {
    let path = format!("$.\"{attribute}\".N").replace('\'', "''");
    format!("CAST(json_extract(item_json, '{path}') AS INTEGER)")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
