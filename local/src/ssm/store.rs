//! All versions of all parameters in one SQLite database, each operation in one transaction.

use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, named_params, params};
use shared::clock::{Clock, Timestamp};

use super::parameter::{self, Kind, Parameter, VERSIONS_MAX};
use super::rejection::{Rejection, Result};
use crate::state::{self, State};

/// These names are stored data: a column may be added, none may change its name or meaning. `modified_at` is
/// milliseconds since the Unix epoch.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS parameters (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    modified_at INTEGER NOT NULL,
    PRIMARY KEY (name, version)
);
";

pub struct Store {
    connection: Mutex<Connection>,
    clock: Clock,
}

impl Store {
    pub fn open(state: &State, clock: Clock) -> state::Result<Self> {
        let connection = state.database("ssm")?;
        connection.execute_batch(TABLES)?;
        Ok(Self { connection: Mutex::new(connection), clock })
    }

    /// One version of a parameter, or its latest.
    pub fn get(&self, name: &str, version: Option<i64>) -> Result<Parameter> {
        self.transact(|transaction, _| {
            let latest = latest(transaction, name)?.ok_or(Rejection::ParameterNotFound)?;
            let Some(version) = version.filter(|version| *version != latest.version) else {
                return Ok(latest);
            };
            let sought = transaction
                .prepare_cached("SELECT * FROM parameters WHERE name = ? AND version = ?")?
                .query_row(params![name, version], read)
                .optional()?;
            let missing = || Rejection::ParameterVersionNotFound { name: name.to_owned(), version };
            Ok(sought.ok_or_else(missing)?)
        })
    }

    /// Stores the next version and answers its number. Without a kind it keeps the one that it has.
    pub fn put(&self, name: &str, kind: Option<Kind>, value: &str, overwrite: bool) -> Result<i64> {
        parameter::check_name(name)?;
        parameter::check_value(value)?;
        self.transact(|transaction, now| {
            let (version, kind) = match (latest(transaction, name)?, kind) {
                (Some(_), _) if !overwrite => return Err(Rejection::ParameterAlreadyExists.into()),
                (Some(latest), Some(kind)) if latest.kind != kind => {
                    return Err(Rejection::HierarchyTypeMismatch.into());
                }
                (Some(latest), _) => (latest.version + 1, latest.kind),
                (None, Some(kind)) => (1, kind),
                (None, None) => {
                    let message = "A parameter type is required when you create a parameter.";
                    return Err(Rejection::Validation(message.to_owned()).into());
                }
            };
            transaction.execute(
                "INSERT INTO parameters (name, version, kind, value, modified_at)
                 VALUES (:name, :version, :kind, :value, :now)",
                named_params! {
                    ":name": name,
                    ":version": version,
                    ":kind": kind.name(),
                    ":value": value,
                    ":now": now.as_millis(),
                },
            )?;
            transaction.execute(
                "DELETE FROM parameters WHERE name = ? AND version <= ?",
                params![name, version - VERSIONS_MAX],
            )?;
            Ok(version)
        })
    }

    /// Removes the parameter with all its versions.
    pub fn delete(&self, name: &str) -> Result<()> {
        self.transact(|transaction, _| {
            match transaction.execute("DELETE FROM parameters WHERE name = ?", [name])? {
                0 => Err(Rejection::ParameterNotFound.into()),
                _ => Ok(()),
            }
        })
    }

    fn transact<T>(&self, work: impl FnOnce(&Transaction<'_>, Timestamp) -> Result<T>) -> Result<T> {
        // A panic left no transaction open: dropping one rolls it back.
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&transaction, self.clock.now())?;
        transaction.commit()?;
        Ok(done)
    }
}

fn latest(transaction: &Transaction<'_>, name: &str) -> Result<Option<Parameter>> {
    let mut statement = transaction
        .prepare_cached("SELECT * FROM parameters WHERE name = ? ORDER BY version DESC LIMIT 1")?;
    Ok(statement.query_row([name], read).optional()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Parameter> {
    let kind: String = row.get("kind")?;
    let unknown = || rusqlite::Error::InvalidColumnName(format!("parameters.kind is {kind}"));
    Ok(Parameter {
        name: row.get("name")?,
        kind: Kind::of(&kind).ok_or_else(unknown)?,
        value: row.get("value")?,
        version: row.get("version")?,
        modified_at: Timestamp::from_millis(row.get("modified_at")?),
    })
}
