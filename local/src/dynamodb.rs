//! DynamoDB: dynoxide, embedded, behind the JSON protocol and with the table's stream read in-process.
//!
//! It differs from AWS in this: transactions never conflict, consistent reads change nothing, indexes are current at
//! once, nothing is throttled. [`crate::hostile`] does some of that on purpose.

mod file;
mod protocol;
mod stream;
mod tables;
#[cfg(test)]
mod tests;

pub use protocol::{failure, operation};
pub use stream::{Position, Record};

use std::sync::Arc;
use std::time::Duration;

use dynoxide::storage_backend::Clock as EngineClock;
use shared::clock::Clock;
use tokio::sync::watch;

use self::file::File;
use crate::http::{Request, Response};
use crate::state::{self, State, StateError};
use crate::template;

type Database = dynoxide::Database;

/// The emulated service. Clones share their tables.
#[derive(Clone)]
pub struct DynamoDb {
    database: Database,
    /// None in memory, where the engine alone has the database: what is said of it here, a short run does without.
    file: Option<Arc<File>>,
    clock: Clock,
    changed: Arc<watch::Sender<()>>,
}

impl DynamoDb {
    pub fn open(state: &State, clock: Clock) -> state::Result<Self> {
        let opening = |error| StateError::new("opening the tables", error);
        let (database, file) = match state {
            State::Memory => (Database::memory_with_clock(Arc::new(Adapter(clock.clone()))), None),
            State::Folder(folder) => {
                let path = folder.join("dynamodb.sqlite");
                let opening = |error| StateError::new(format!("opening {}", path.display()), error);
                let database = Database::new(&path.to_string_lossy()).map_err(opening)?;
                file::relax_writes(&database)?;
                (Ok(database), Some(Arc::new(File::open(&path)?)))
            }
        };
        let database = database.map_err(opening)?;
        Ok(Self { database, file, clock, changed: Arc::new(watch::Sender::new(())) })
    }

    /// Makes the table that the template declares, unless it is there.
    pub fn create_table(&self, table: &template::Table) -> state::Result<()> {
        tables::create(&self.database, table)?;
        match &self.file {
            Some(file) => file.index_table(&table.name, table.ttl_attribute.as_deref()),
            None => Ok(()),
        }
    }

    /// Handles a request of the JSON protocol.
    pub fn call(&self, request: &Request) -> Response {
        let answer = protocol::answer(&self.database, request);
        if protocol::is_write(request) {
            self.changed.send_replace(());
        }
        answer
    }

    /// Records of the table's stream after `position`, oldest first, at most `limit`.
    pub fn records(&self, table: &str, after: &Position, limit: usize) -> state::Result<Vec<Record>> {
        stream::records(&self.database, table, after, limit)
    }

    /// Removes records of the table's stream that are a day old, as AWS does, or that all of its readers have `passed`.
    pub fn trim(&self, table: &str, passed: &Position) -> state::Result<()> {
        if let Some(file) = &self.file {
            file.trim(table, passed, self.clock.now())?;
        }
        Ok(())
    }

    /// Removes the items whose time to live is over, as AWS does some time after it.
    pub fn sweep(&self) -> state::Result<()> {
        // A sweep reads every row.
        if let Some(file) = &self.file
            && !file.has_expired(self.clock.now())?
        {
            return Ok(());
        }
        let swept = self.database.sweep_ttl();
        if swept.map_err(|error| StateError::new("removing what has expired", error))? > 0 {
            self.changed.send_replace(());
        }
        Ok(())
    }

    /// Tells of writes.
    pub fn changed(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}

struct Adapter(Clock);

impl EngineClock for Adapter {
    fn now_unix_secs(&self) -> u64 {
        self.since_epoch().as_secs()
    }

    fn now_unix_secs_f64(&self) -> f64 {
        self.since_epoch().as_secs_f64()
    }
}

impl Adapter {
    fn since_epoch(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.now().as_millis()).unwrap_or(0))
    }
}
