//! A recount: what there really is, held against what was counted. A long one goes on from page to page.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Counted, Usage};
use crate::clock::Timestamp;
use crate::upload::{MULTIPART_WINDOW, SEND_GRACE, State, Upload};

/// How often what a tenant has is counted anew.
pub const RECOUNT_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// An upload that was announced earlier has ended: it may take a day and an hour to arrive, then the audit, which passes
/// every six hours, expires it; so do the retries of what arrived at the last moment.
const IN_FLIGHT_MAX: Duration =
    Duration::from_secs(MULTIPART_WINDOW.as_secs() + SEND_GRACE.as_secs() + 2 * 6 * 60 * 60);

/// Changes from longer ago have been counted, or their record was lost.
const COUNTED_WITHIN: Duration = Duration::from_secs(10 * 60);

/// How far a recount has come. Stored; names never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recount {
    /// Time as of which usage is counted anew. Later changes are left to the stream's reader.
    pub as_of: Timestamp,
    /// The count when the recount began.
    pub counted: Usage,
    /// The usage that was found so far.
    pub found: Usage,
    pub next: Part,
}

/// The listing that is read next, and after which entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The listing of uploads, newest first.
    InFlight {
        before: Option<String>,
    },
    /// The bucket's listing of originals.
    Originals {
        after: Option<String>,
    },
    /// The bucket's listing of derivatives.
    Derivatives {
        after: Option<String>,
    },
    Done,
}

impl Recount {
    /// Begins with what has been counted at this moment.
    pub fn begin(counted: Counted, now: Timestamp) -> Self {
        let settled = now - COUNTED_WITHIN;
        Self {
            as_of: counted.to.map_or(settled, |to| to.max(settled).min(now)),
            counted: counted.usage,
            found: Usage::default(),
            next: Part::InFlight { before: None },
        }
    }

    /// When the oldest upload was announced that may be in flight.
    pub fn in_flight_from(&self) -> Timestamp {
        self.as_of - IN_FLIGHT_MAX
    }

    /// Returns what an upload of the listing amounted to in flight.
    ///
    /// One that ended since was in flight then, and the stream's reader gives it back.
    pub fn in_flight(&self, upload: &Upload) -> Usage {
        let was_in_flight = match upload.state {
            State::Pending | State::Received | State::Processing => true,
            // When it had ended before it was deleted, nobody knows any more.
            State::Deleting | State::Deleted => false,
            _ => upload.updated_at > self.as_of,
        };
        if upload.created_at > self.as_of || !was_in_flight {
            return Usage::default();
        }
        let announced = Upload { state: State::Pending, etag: None, ..upload.clone() };
        Usage::of_upload(&announced)
    }

    /// Returns the usage that must be added to the count as it is by now.
    pub fn correction(&self) -> Usage {
        self.found - self.counted
    }
}
