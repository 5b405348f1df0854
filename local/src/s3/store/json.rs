//! Columns that hold a value as JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The text to keep for `value`.
pub fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("what the store keeps has string keys alone")
}

/// Reads a column that [`to_json`] wrote.
pub fn from_json<T: DeserializeOwned>(row: &rusqlite::Row, column: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text).map_err(|source| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(source))
    })
}
