//! The usage of a tenant, and its limits.

use schemars::JsonSchema;
use serde::Serialize;
use shared::usage::{Bounds, Counted};

use super::time::Time;

/// The storage and the unfinished uploads of the tenant, as of some seconds ago.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Usage {
    stored: Stored,
    in_flight: InFlight,
    /// The time of the latest change that is counted; `null` before the first.
    as_of: Option<Time>,
    links: Links,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UsageLinks")]
struct Links {
    #[serde(rename = "self")]
    #[schemars(example = &"/v1/usage")]
    own: &'static str,
}

/// Originals that have arrived, and derivatives.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UsageStored")]
struct Stored {
    /// Uploads whose file has arrived.
    uploads: u64,
    /// The limit, which unfinished uploads count towards too; `null` if there is none.
    uploads_max: Option<u64>,
    size_bytes: u64,
    /// The limit, which unfinished uploads count towards too; `null` if there is none.
    size_bytes_max: Option<u64>,
}

/// Uploads that are not finished.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UsageInFlight")]
struct InFlight {
    uploads: u64,
    /// The limit; `null` if there is none.
    uploads_max: Option<u64>,
    /// As declared.
    size_bytes: u64,
    /// The limit; `null` if there is none.
    size_bytes_max: Option<u64>,
}

pub fn usage(counted: &Counted, bounds: &Bounds) -> Usage {
    // A record of the stream that was lost can make a count negative until the next recount.
    let count = |count: i64| u64::try_from(count).unwrap_or(0);
    Usage {
        stored: Stored {
            uploads: count(counted.usage.uploads_stored),
            uploads_max: bounds.uploads_stored,
            size_bytes: count(counted.usage.bytes_stored),
            size_bytes_max: bounds.bytes_stored,
        },
        in_flight: InFlight {
            uploads: count(counted.usage.uploads_in_flight),
            uploads_max: bounds.uploads_in_flight,
            size_bytes: count(counted.usage.bytes_in_flight),
            size_bytes_max: bounds.bytes_in_flight,
        },
        as_of: counted.to.map(Time),
        links: Links { own: "/v1/usage" },
    }
}
