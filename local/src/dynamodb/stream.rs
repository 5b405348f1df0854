//! The table's stream, as its readers see it.

use dynoxide::actions::get_records::GetRecordsRequest;
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use serde_json::Value;

use super::Database;
use crate::state::{self, StateError};

/// How far a reader has come. Ordered: numbers have one length.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Position {
    /// Before the oldest record.
    Start,
    /// After the record with this sequence number.
    After(String),
}

/// One change of one row, in the shape that a function is handed.
#[derive(Clone, Debug)]
pub struct Record {
    pub sequence_number: String,
    /// The partition key, as JSON: records of one partition stay in order.
    pub partition: String,
    pub event: Value,
}

pub fn records(
    database: &Database,
    table: &str,
    after: &Position,
    limit: usize,
) -> state::Result<Vec<Record>> {
    let reading = |error| StateError::new(format!("reading the stream of {table}"), error);
    // Not by describing the table, for which the engine counts all rows.
    let metadata = database.get_table_metadata(table).map_err(reading)?;
    let Some(label) = metadata.filter(|table| table.stream_enabled).and_then(|table| table.stream_label)
    else {
        return Ok(Vec::new());
    };
    let (kind, sequence_number) = match after {
        Position::Start => ("TRIM_HORIZON", None),
        Position::After(number) => ("AFTER_SEQUENCE_NUMBER", Some(number.clone())),
    };
    let iterator = database.get_shard_iterator(GetShardIteratorRequest {
        stream_arn: dynoxide::streams::stream_arn(table, &label),
        shard_id: dynoxide::streams::shard_id(table),
        shard_iterator_type: kind.to_owned(),
        sequence_number,
    });
    let Some(shard_iterator) = iterator.map_err(reading)?.shard_iterator else {
        return Ok(Vec::new());
    };
    let answer = database.get_records(GetRecordsRequest { shard_iterator, limit: Some(limit) });
    let records = answer.map_err(reading)?.records;
    let events = records.into_iter().filter_map(|record| serde_json::to_value(record).ok());
    Ok(events.filter_map(record).collect())
}

fn record(event: Value) -> Option<Record> {
    let change = event.get("dynamodb")?;
    Some(Record {
        sequence_number: change.get("SequenceNumber")?.as_str()?.to_owned(),
        partition: change.get("Keys")?.get("pk").map(Value::to_string).unwrap_or_default(),
        event,
    })
}
