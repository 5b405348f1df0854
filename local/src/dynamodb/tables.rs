//! Tables as the template declares them.

use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::actions::update_time_to_live::UpdateTimeToLiveRequest;
use dynoxide::errors::DynoxideError;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Database;
use crate::state::{self, StateError};
use crate::template::{AttributeType, Key, Projection, Table};

pub fn create(database: &Database, table: &Table) -> state::Result<()> {
    let creating = |error| StateError::new(format!("creating the table {}", table.name), error);
    match database.create_table(parse::<CreateTableRequest>(table, description(table))?) {
        Err(DynoxideError::ResourceInUseException(_)) => return Ok(()),
        created => created.map_err(creating)?,
    };
    if let Some(attribute) = &table.ttl_attribute {
        let request = json!({
            "TableName": table.name,
            "TimeToLiveSpecification": { "AttributeName": attribute, "Enabled": true },
        });
        database.update_time_to_live(parse::<UpdateTimeToLiveRequest>(table, request)?).map_err(creating)?;
    }
    Ok(())
}

/// Returns the request that `CreateTable` is sent.
fn description(table: &Table) -> Value {
    let attributes = table.attributes.iter().map(|(name, kind)| {
        let kind = match kind {
            AttributeType::Text => "S",
            AttributeType::Number => "N",
            AttributeType::Binary => "B",
        };
        json!({ "AttributeName": name, "AttributeType": kind })
    });
    let mut request = json!({
        "TableName": table.name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": attributes.collect::<Vec<_>>(),
        "KeySchema": key_schema(&table.key),
    });
    if let Some(view) = &table.stream_view {
        request["StreamSpecification"] = json!({ "StreamEnabled": true, "StreamViewType": view });
    }
    if !table.indexes.is_empty() {
        let indexes = table.indexes.iter().map(|index| {
            json!({
                "IndexName": index.name,
                "KeySchema": key_schema(&index.key),
                "Projection": projection(&index.projection),
            })
        });
        request["GlobalSecondaryIndexes"] = indexes.collect();
    }
    request
}

fn key_schema(key: &Key) -> Value {
    let mut schema = vec![json!({ "AttributeName": key.partition, "KeyType": "HASH" })];
    schema.extend(key.sort.iter().map(|sort| json!({ "AttributeName": sort, "KeyType": "RANGE" })));
    Value::Array(schema)
}

fn projection(projection: &Projection) -> Value {
    match projection {
        Projection::All => json!({ "ProjectionType": "ALL" }),
        Projection::KeysOnly => json!({ "ProjectionType": "KEYS_ONLY" }),
        Projection::Include(attributes) => {
            json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": attributes })
        }
    }
}

fn parse<T: DeserializeOwned>(table: &Table, request: Value) -> state::Result<T> {
    serde_json::from_value(request)
        .map_err(|error| StateError::new(format!("reading the table {} of the template", table.name), error))
}
