//! DynamoDB: dynoxide, embedded, behind the JSON protocol and with the table's stream read in-process.
//!
//! What it does not do as AWS does: transactions never conflict, consistent reads change nothing, indexes are current at
//! once, nothing is throttled. [`crate::hostile`] does some of that on purpose.

mod protocol;
mod stream;
mod tables;

pub use protocol::{failure, operation};
pub use stream::{Position, Record};

use std::sync::Arc;
use std::time::Duration;

use dynoxide::storage_backend::Clock as EngineClock;
use shared::clock::Clock;
use tokio::sync::watch;

use crate::http::{Request, Response};
use crate::state::{self, State, StateError};
use crate::template;

type Database = dynoxide::Database;

/// The emulated service. Clones share their tables.
#[derive(Clone)]
pub struct DynamoDb {
    database: Database,
    changed: Arc<watch::Sender<()>>,
}

impl DynamoDb {
    pub fn open(state: &State, clock: Clock) -> state::Result<Self> {
        let database = match state {
            State::Memory => Database::memory_with_clock(Arc::new(Adapter(clock))),
            State::Folder(folder) => Database::new(&folder.join("dynamodb.sqlite").to_string_lossy()),
        };
        let database = database.map_err(|error| StateError::new("opening the tables", error))?;
        Ok(Self { database, changed: Arc::new(watch::Sender::new(())) })
    }

    /// Makes the table that the template declares, unless it is there.
    pub fn create_table(&self, table: &template::Table) -> state::Result<()> {
        tables::create(&self.database, table)
    }

    /// Answers a request of the JSON protocol.
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

    /// Removes the items whose time to live is over, as AWS does some time after it.
    pub fn sweep(&self) -> state::Result<()> {
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
