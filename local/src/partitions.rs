//! The writes that DynamoDB takes of one key in a second: a partition, of the table or of an index, serves 1,000 units. More
//! is refused, with nothing written. A write of a row is one of its index entries too, so an index whose keys are
//! few holds up the table.
//!
//! Each key counts as a partition of its own, the best that AWS can do by splitting. Time passes as the clock says; where
//! a test moves it, each call takes as long as one does on AWS, and a refused one as long as the wait before the next try.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use shared::clock::{Clock, Timestamp};

use crate::dynamodb;
use crate::http::{Request, Response};

/// The bound of DynamoDB: write units of one partition in a second.
pub const WRITE_UNITS_PER_SECOND: u32 = 1000;

/// How long a call takes on AWS.
const CALL_TIME: Duration = Duration::from_millis(6);

/// How long who was refused waits, at the least, before it tries again.
const RETRIED_AFTER: Duration = Duration::from_millis(100);

/// One write unit carries this many bytes.
const UNIT_BYTES: usize = 1024;

/// The partition keys of the indexes, each with its sort key.
const INDEX_KEYS: [(&str, &str); 2] = [("due_shard", "due_at"), ("listing", "listed_at")];

/// The room of each key, or no bound at all. Clones share it.
#[derive(Clone, Default)]
pub struct Partitions(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Write units in a second; `None` is no bound.
    per_second: Option<u32>,
    keys: HashMap<String, Room>,
    refused: HashMap<String, u64>,
}

/// The rest of a key's second, in thousandths of a unit.
#[derive(Clone, Copy)]
struct Room {
    thousandths: u64,
    as_of: Timestamp,
}

impl Partitions {
    pub fn bounded_by(per_second: u32) -> Self {
        let partitions = Self::default();
        partitions.bound_by(per_second);
        partitions
    }

    /// From now on each key takes so many units in a second.
    pub fn bound_by(&self, per_second: u32) {
        self.with(|state| state.per_second = Some(per_second));
    }

    /// How many writes were refused for each key.
    pub fn refused(&self) -> HashMap<String, u64> {
        self.with(|state| state.refused.clone())
    }

    pub fn is_bounded(&self) -> bool {
        self.with(|state| state.per_second.is_some())
    }

    /// The refusal of a write for which a partition has no room. `row` is what is there, if anything.
    pub fn refusal(&self, request: &Request, row: &Value, clock: &Clock) -> Option<Response> {
        clock.advance(CALL_TIME);
        let now = clock.now();
        let units = units_of(request, row)?;
        let full = self.with(|state| state.take(&units, now))?;
        clock.advance(RETRIED_AFTER);
        let message = format!("The key {full} has reached its throughput.");
        let kind = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
        Some(dynamodb::failure(kind, &message))
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    /// Takes the units of all keys or, if one of them lacks room, none; then returns that one.
    fn take(&mut self, units: &[(String, u64)], now: Timestamp) -> Option<String> {
        let per_second = u64::from(self.per_second?);
        let most = per_second * 1000;
        for (key, _) in units {
            let room = self.keys.entry(key.clone()).or_insert(Room { thousandths: most, as_of: now });
            let elapsed_ms = u64::try_from(now.since(room.as_of).as_millis()).unwrap_or(u64::MAX);
            let gained = elapsed_ms.saturating_mul(per_second);
            *room = Room { thousandths: room.thousandths.saturating_add(gained).min(most), as_of: now };
        }
        // One item may be larger than a second's room: it passes when the key is at rest.
        let needed = |units: u64| (units * 1000).min(most);
        let full = units.iter().find(|(key, units)| self.keys[key].thousandths < needed(*units));
        if let Some((key, _)) = full {
            *self.refused.entry(key.clone()).or_default() += 1;
            return Some(key.clone());
        }
        for (key, units) in units {
            if let Some(room) = self.keys.get_mut(key) {
                room.thousandths -= needed(*units);
            }
        }
        None
    }
}

/// The write units of a request by key; `None` for one that is no write.
fn units_of(request: &Request, row: &Value) -> Option<Vec<(String, u64)>> {
    let operation = dynamodb::operation(request)?;
    let body: Value = serde_json::from_slice(request.body()).ok()?;
    let (key, after) = match operation {
        "PutItem" => (&body["Item"], body["Item"].clone()),
        "UpdateItem" => (&body["Key"], updated(&body, row)),
        "DeleteItem" => (&body["Key"], Value::Null),
        _ => return None,
    };
    let bytes = bytes_of(row).max(bytes_of(&after));
    let mut units = vec![(text(key, "pk"), bytes.div_ceil(UNIT_BYTES).max(1) as u64)];
    for (partition, sort) in INDEX_KEYS {
        let entry = |row: &Value| (text(row, partition), row[sort].clone());
        let (before, after) = (entry(row), entry(&after));
        if before != after {
            units.extend(
                [before, after].into_iter().filter(|entry| !entry.0.is_empty()).map(|entry| (entry.0, 1)),
            );
        }
    }
    Some(units)
}

/// The keys of the indexes in a row as an update of this project leaves it: a value is called `:new_` and its attribute's
/// name, and one that is removed stands behind `REMOVE`.
fn updated(body: &Value, row: &Value) -> Value {
    let mut after = row.clone();
    let expression = body["UpdateExpression"].as_str().unwrap_or_default();
    let removed = expression.split_once("REMOVE ").map_or("", |(_, removed)| removed);
    let removed: Vec<&str> = removed.split("ADD").next().unwrap_or("").split(',').map(str::trim).collect();
    for name in INDEX_KEYS.into_iter().flat_map(|(partition, sort)| [partition, sort]) {
        let once = expression.contains(&format!("if_not_exists(#{name},"));
        let new = &body["ExpressionAttributeValues"][format!(":new_{name}")];
        if removed.contains(&format!("#{name}").as_str()) {
            after[name] = Value::Null;
        } else if !new.is_null() && (!once || row[name].is_null()) {
            after[name] = new.clone();
        }
    }
    after
}

/// The size of a row as DynamoDB counts it, nearly.
fn bytes_of(value: &Value) -> usize {
    match value {
        Value::Object(entries) => entries.iter().map(|(name, value)| name.len() + bytes_of(value)).sum(),
        Value::Array(entries) => entries.iter().map(bytes_of).sum(),
        Value::String(text) => text.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}

fn text(row: &Value, name: &str) -> String {
    row[name]["S"].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::*;

    const START: Timestamp = Timestamp::from_millis(0);

    fn write(operation: &str, body: &Value) -> Request {
        let request =
            http::Request::builder().header("x-amz-target", format!("DynamoDB_20120810.{operation}"));
        request.body(Bytes::from(body.to_string())).unwrap()
    }

    fn put(pk: &str, due_shard: &str) -> Request {
        let item = json!({ "pk": { "S": pk }, "sk": { "S": "job" }, "due_shard": { "S": due_shard }, "due_at": { "N": "1" } });
        write("PutItem", &json!({ "TableName": "t", "Item": item }))
    }

    #[test]
    fn a_key_of_an_index_holds_up_the_rows_of_many_keys_until_time_passes() {
        let (partitions, clock) = (Partitions::bounded_by(10), Clock::starting_at(START));
        let passes = |request: &Request| partitions.refusal(request, &Value::Null, &clock).is_none();
        let passed = (0..100).filter(|index| passes(&put(&format!("p{index}"), "due#0"))).count();
        // After each refusal there is room for one.
        assert!((50..60).contains(&passed), "{passed}");
        assert!(passes(&put("another", "due#1")));
        clock.advance(Duration::from_secs(1));
        assert!(passes(&put("p99", "due#0")));
        assert_eq!(partitions.refused().keys().collect::<Vec<_>>(), ["due#0"]);
    }

    #[test]
    fn a_write_takes_of_each_key_that_it_changes() {
        let row = json!({ "pk": { "S": "p" }, "due_shard": { "S": "due#1" }, "due_at": { "N": "1" } });
        let update = |expression: &str, values: Value| {
            let key = json!({ "pk": { "S": "p" }, "sk": { "S": "job" } });
            let body =
                json!({ "Key": key, "UpdateExpression": expression, "ExpressionAttributeValues": values });
            units_of(&write("UpdateItem", &body), &row).unwrap()
        };
        let units = |units: &[(&str, u64)]| {
            units.iter().map(|(key, units)| ((*key).to_owned(), *units)).collect::<Vec<_>>()
        };
        assert_eq!(
            update("SET #state = :new_state", json!({ ":new_state": { "S": "x" } })),
            units(&[("p", 1)])
        );
        let removed = update("SET #state = :new_state REMOVE #claim, #due_shard", json!({}));
        assert_eq!(removed, units(&[("p", 1), ("due#1", 1)]));
        let moved = update("SET #due_at = :new_due_at", json!({ ":new_due_at": { "N": "2" } }));
        assert_eq!(moved, units(&[("p", 1), ("due#1", 1), ("due#1", 1)]));
        let large = json!({ "Item": { "pk": { "S": "p" }, "x": { "S": "x".repeat(3000) } } });
        assert_eq!(units_of(&write("PutItem", &large), &Value::Null).unwrap(), units(&[("p", 3)]));
        assert_eq!(units_of(&write("GetItem", &json!({})), &Value::Null), None);
    }
}
