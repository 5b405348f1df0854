//! The message to a failure destination, in the shape that Lambda documents.

use serde_json::{Value, json};
use shared::clock::Timestamp;

use crate::lambda::InvokeError;

/// An asynchronous invocation that was given up.
pub fn of_invocation(
    function_arn: &str,
    payload: &Value,
    error: &InvokeError,
    attempts: u32,
    now: Timestamp,
) -> Value {
    json!({
        "version": "1.0",
        "timestamp": now.to_rfc3339(),
        "requestContext": {
            "requestId": request_id(&[function_arn, &payload.to_string()]),
            "functionArn": format!("{function_arn}:$LATEST"),
            "condition": "RetriesExhausted",
            "approximateInvokeCount": attempts,
        },
        "requestPayload": payload,
        "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
        "responsePayload": { "errorType": error.error_type(), "errorMessage": error.to_string() },
    })
}

/// Records of a stream that were given up. Only where they are is told, not what they say.
pub fn of_records(
    function_arn: &str,
    stream_arn: &str,
    shard: usize,
    sequence_numbers: &[&str],
    attempts: u32,
    now: Timestamp,
) -> Value {
    let first = sequence_numbers.first().copied().unwrap_or_default();
    json!({
        "version": "1.0",
        "timestamp": now.to_rfc3339(),
        "requestContext": {
            "requestId": request_id(&[function_arn, first]),
            "functionArn": function_arn,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": attempts,
        },
        "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
        "DDBStreamBatchInfo": {
            "shardId": format!("shardId-{shard:020}"),
            "startSequenceNumber": first,
            "endSequenceNumber": sequence_numbers.last(),
            "approximateArrivalOfFirstRecord": now.to_rfc3339(),
            "approximateArrivalOfLastRecord": now.to_rfc3339(),
            "batchSize": sequence_numbers.len(),
            "streamArn": stream_arn,
        },
    })
}

fn request_id(parts: &[&str]) -> String {
    hex::encode(shared::id::digest(parts))
}
