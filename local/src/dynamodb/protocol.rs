//! The JSON protocol: `X-Amz-Target: DynamoDB_20120810.<operation>`.

use bytes::Bytes;
use dynoxide::errors::DynoxideError;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Database;
use crate::http::{Request, Response};

const TABLES: &str = "DynamoDB_20120810.";
const STREAMS: &str = "DynamoDBStreams_20120810.";

const WRITES: [&str; 5] = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"];

/// The operation that a request names; none for one that is not DynamoDB's.
pub fn operation(request: &Request) -> Option<&str> {
    let target = request.headers().get("x-amz-target")?.to_str().ok()?;
    target.strip_prefix(TABLES).or_else(|| target.strip_prefix(STREAMS))
}

pub fn is_write(request: &Request) -> bool {
    operation(request).is_some_and(|operation| WRITES.contains(&operation))
}

pub fn answer(database: &Database, request: &Request) -> Response {
    let body = request.body();
    let answered = match operation(request).unwrap_or_default() {
        "GetItem" => run(body, |input| database.get_item(input)),
        "PutItem" => run(body, |input| database.put_item(input)),
        "UpdateItem" => run(body, |input| database.update_item(input)),
        "DeleteItem" => run(body, |input| database.delete_item(input)),
        "Query" => run(body, |input| database.query(input)),
        "Scan" => run(body, |input| database.scan(input)),
        "BatchGetItem" => run(body, |input| database.batch_get_item(input)),
        "BatchWriteItem" => run(body, |input| database.batch_write_item(input)),
        "TransactGetItems" => run(body, |input| database.transact_get_items(input)),
        "TransactWriteItems" => run(body, |input| database.transact_write_items(input)),
        "DescribeTable" => run(body, |input| database.describe_table(input)),
        "ListTables" => run(body, |input| database.list_tables(input)),
        "DescribeTimeToLive" => run(body, |input| database.describe_time_to_live(input)),
        "ListStreams" => run(body, |input| database.list_streams(input)),
        "DescribeStream" => run(body, |input| database.describe_stream(input)),
        "GetShardIterator" => run(body, |input| database.get_shard_iterator(input)),
        "GetRecords" => run(body, |input| database.get_records(input)),
        other => {
            let message = format!("the local stack does not emulate {other}");
            return failure("com.amazon.coral.service#UnknownOperationException", &message);
        }
    };
    match answered {
        Ok(json) => json_response(StatusCode::OK, json),
        Err(error) => {
            let status = StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::BAD_REQUEST);
            json_response(status, error.to_json())
        }
    }
}

/// An error in the protocol's shape, for what is refused before the engine sees it.
pub fn failure(kind: &str, message: &str) -> Response {
    let body = serde_json::json!({ "__type": kind, "message": message });
    json_response(StatusCode::BAD_REQUEST, body.to_string())
}

fn run<I: DeserializeOwned, O: Serialize>(
    body: &Bytes,
    operation: impl FnOnce(I) -> Result<O, DynoxideError>,
) -> Result<String, DynoxideError> {
    let input = serde_json::from_slice(body).map_err(unreadable)?;
    let output = operation(input)?;
    serde_json::to_string(&output).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// The engine's types check some rules as they are read, and mark those that AWS calls a validation error.
fn unreadable(error: serde_json::Error) -> DynoxideError {
    let message = error.to_string();
    match message.split_once("VALIDATION:") {
        Some((_, rule)) => DynoxideError::ValidationException(without_position(rule)),
        None => DynoxideError::SerializationException(message),
    }
}

/// serde_json adds ` at line 1 column 2` to every message.
fn without_position(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |(rule, _)| rule).to_owned()
}

fn json_response(status: StatusCode, body: String) -> Response {
    let checksum = crc32fast::hash(body.as_bytes()).to_string();
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    if let Ok(checksum) = HeaderValue::from_str(&checksum) {
        headers.insert("x-amz-crc32", checksum);
    }
    response
}
