//! How far each reader of a stream has come: kept, so that a stack that was killed goes on where it was.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension};

use crate::dynamodb::Position;
use crate::state::{self, State};

/// Clones share the positions.
#[derive(Clone)]
pub struct Positions(Arc<Mutex<Connection>>);

impl Positions {
    pub fn open(state: &State) -> state::Result<Self> {
        let connection = state.database("positions")?;
        connection.execute(
            "CREATE TABLE IF NOT EXISTS positions (reader TEXT PRIMARY KEY, after TEXT NOT NULL) WITHOUT ROWID",
            [],
        )?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    pub fn of(&self, reader: &str) -> state::Result<Position> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut query = connection.prepare_cached("SELECT after FROM positions WHERE reader = ?1")?;
        let after: Option<String> = query.query_row([reader], |row| row.get(0)).optional()?;
        Ok(after.map_or(Position::Start, Position::After))
    }

    pub fn advance(&self, reader: &str, after: &str) -> state::Result<()> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        connection
            .prepare_cached("INSERT OR REPLACE INTO positions (reader, after) VALUES (?1, ?2)")?
            .execute([reader, after])?;
        Ok(())
    }
}
