//! What a tenant has, and how much it may have.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use shared::usage::{Bounds, Counted};

use super::time::Time;

/// What the tenant has stored and in flight. It is counted some seconds after the fact.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Usage {
    stored: Stored,
    in_flight: InFlight,
    /// When the latest change was made that is counted; `null` until there is one.
    as_of: Option<Time>,
    links: BTreeMap<&'static str, String>,
}

/// Originals that arrived, and derivatives.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UsageStored")]
struct Stored {
    size_bytes: u64,
    /// `null`: as many as you like. What is in flight must fit, too.
    size_bytes_max: Option<u64>,
}

/// Uploads that were announced and have not ended.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UsageInFlight")]
struct InFlight {
    uploads: u64,
    /// `null`: as many as you like.
    uploads_max: Option<u64>,
    /// As announced.
    size_bytes: u64,
    /// `null`: as many as you like.
    size_bytes_max: Option<u64>,
}

pub fn usage(counted: &Counted, bounds: &Bounds) -> Usage {
    // A record of the stream that was lost can make a count negative until the next recount.
    let count = |count: i64| u64::try_from(count).unwrap_or(0);
    Usage {
        stored: Stored { size_bytes: count(counted.usage.bytes_stored), size_bytes_max: bounds.bytes_stored },
        in_flight: InFlight {
            uploads: count(counted.usage.uploads_in_flight),
            uploads_max: bounds.uploads_in_flight,
            size_bytes: count(counted.usage.bytes_in_flight),
            size_bytes_max: bounds.bytes_in_flight,
        },
        as_of: counted.to.map(Time),
        links: BTreeMap::from([("self", "/v1/usage".to_owned())]),
    }
}
