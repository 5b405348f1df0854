//! Where the local stack keeps its state: a folder that outlives it, or memory.

mod secret;
mod temporary;
mod whole;

use std::path::PathBuf;

pub use secret::write_owner_only;
pub use temporary::TemporaryFolder;
pub use whole::{STARTED, check, make};

/// Errors of the state folder and its databases, in words that name the file.
pub type Result<T> = std::result::Result<T, StateError>;

#[derive(Debug)]
pub struct StateError {
    what: String,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl StateError {
    pub fn new(what: impl Into<String>, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { what: what.into(), source: source.into() }
    }
}

impl std::fmt::Display for StateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.what, self.source)
    }
}

impl std::error::Error for StateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.source.as_ref())
    }
}

impl From<rusqlite::Error> for StateError {
    fn from(source: rusqlite::Error) -> Self {
        Self::new("using the state's database", source)
    }
}

#[derive(Clone, Debug)]
pub enum State {
    Memory,
    /// An existing, writable folder.
    Folder(PathBuf),
}

impl State {
    /// Opens (or makes) the SQLite database `<name>.sqlite`. A write that returned survives a killed process.
    pub fn database(&self, name: &str) -> Result<rusqlite::Connection> {
        let State::Folder(folder) = self else {
            return Ok(rusqlite::Connection::open_in_memory()?);
        };
        let path = folder.join(name).with_extension("sqlite");
        let opening = |source| StateError::new(format!("opening {}", path.display()), source);
        let connection = rusqlite::Connection::open(&path).map_err(opening)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(opening)?;
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(opening)?;
        Ok(connection)
    }
}
