//! The event that S3 sends for an object that was created.
//!
//! Shape: "Event message structure" of the Amazon S3 user guide, version 2.1.

use serde_json::{Value, json};
use shared::clock::Timestamp;
use time::OffsetDateTime;
use time::macros::format_description;

use super::REGION;

/// Event names, without the `s3:` that a configuration puts before them.
pub const PUT: &str = "ObjectCreated:Put";
pub const POST: &str = "ObjectCreated:Post";
pub const COPY: &str = "ObjectCreated:Copy";
pub const COMPLETE_MULTIPART_UPLOAD: &str = "ObjectCreated:CompleteMultipartUpload";

#[derive(Clone, Debug, PartialEq)]
pub struct Created {
    pub bucket: String,
    pub key: String,
    pub event_name: String,
    pub bytes: u64,
    /// Without quotes.
    pub etag: String,
    pub at: Timestamp,
}

/// One entry of an event's `Records`. For one key, the later of two has the higher `sequence`.
pub fn record(created: &Created, sequence: i64) -> Value {
    json!({
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": REGION,
        "eventTime": event_time(created.at),
        "eventName": created.event_name,
        "userIdentity": { "principalId": "AWS:LOCAL" },
        "requestParameters": { "sourceIPAddress": "127.0.0.1" },
        "responseElements": {
            "x-amz-request-id": format!("{sequence:016X}"),
            "x-amz-id-2": format!("{sequence:064x}"),
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "local",
            "bucket": {
                "name": created.bucket,
                "ownerIdentity": { "principalId": "LOCAL" },
                "arn": format!("arn:aws:s3:::{}", created.bucket),
            },
            "object": {
                "key": encode_key(&created.key),
                "size": created.bytes,
                "eTag": created.etag,
                "sequencer": format!("{sequence:016X}"),
            },
        },
    })
}

/// A key as events and lists with `encoding-type=url` spell it: like a form's value, but with its slashes.
pub fn encode_key(key: &str) -> String {
    let encode = |name: &str| form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>();
    key.split('/').map(encode).collect::<Vec<_>>().join("/")
}

/// RFC 3339, always with three digits of a second.
fn event_time(at: Timestamp) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.as_millis()) * 1_000_000)
        .ok()
        .and_then(|at| at.format(format).ok())
        .unwrap_or_else(|| at.to_string())
}
