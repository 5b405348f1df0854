//! Points in time as `s3s` has them.

use s3s::dto;
use shared::clock::Timestamp;

pub fn date(at: Timestamp) -> dto::Timestamp {
    let at = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.as_millis()) * 1_000_000);
    at.map(dto::Timestamp::from).unwrap_or_default()
}
