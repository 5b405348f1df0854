//! How much a tenant has stored and under way, and how much it may have.
//!
//! Nothing is reserved beside the rows themselves: an upload's row *is* its reservation, from its acceptance to its end,
//! so that no crash can leave one behind. A row's usage is a function of its image alone ([`Usage::of_upload`],
//! [`Usage::of_job`]); the stream's second reader adds up how that changes ([`Batch`]), into one row for each tenant. That
//! row lags by some seconds, so a process adds what it accepted itself ([`Estimate`]). Drift is set right once a
//! day ([`Recount`]).
//!
//! Pure: rows and the time go in, decisions come out.

use std::ops::{Add, AddAssign, Neg, Sub};

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::job::{self, Job};
use crate::upload::{State, Upload};

mod batch;
mod bounds;
mod estimate;
mod recount;

pub use batch::{Batch, Change, SLOTS};
pub use bounds::{Bounds, Exceeded};
pub use estimate::{Estimate, Estimates};
pub use recount::{Part, RECOUNT_EVERY, Recount};

/// The usage of a row, or of all rows of a tenant together; or a change of it. Stored; names never change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Uploads that were accepted and have not ended.
    pub uploads_in_flight: i64,
    /// Their announced size.
    pub bytes_in_flight: i64,
    /// Originals that arrived, and derivatives.
    pub bytes_stored: i64,
    /// Uploads whose original is stored.
    #[serde(default)]
    pub uploads_stored: i64,
}

/// The stream's reader's sum for a tenant. Never ahead of the rows, mostly some seconds behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub usage: Usage,
    /// When the latest change was made that is counted; `None` until there is one.
    pub to: Option<Timestamp>,
}

impl Usage {
    /// An upload is in flight until it has ended; its original is stored from its receipt until its removal. A run of
    /// an upload has no bytes of its own.
    pub fn of_upload(upload: &Upload) -> Self {
        if upload.run.is_some() {
            return Self::default();
        }
        let bytes = signed(upload.size_bytes);
        let is_in_flight = upload.state == State::Pending || upload.state.is_under_way();
        // A row that is being deleted is so until its objects are gone.
        let is_stored = match upload.state {
            State::Received | State::Processing | State::Ready | State::Failed => true,
            State::Deleting => upload.etag.is_some(),
            State::Pending | State::Rejected | State::Expired | State::Aborted | State::Deleted => false,
        };
        Self {
            uploads_in_flight: i64::from(is_in_flight),
            bytes_in_flight: if is_in_flight { bytes } else { 0 },
            bytes_stored: if is_stored { bytes } else { 0 },
            uploads_stored: i64::from(is_stored),
        }
    }

    /// A derivative is stored from its job's success until it goes with its upload.
    pub fn of_job(job: &Job, goes_with_its_upload: bool) -> Self {
        let is_stored = job.state == job::State::Succeeded && !goes_with_its_upload;
        Self::stored(if is_stored { job.stored_bytes } else { 0 })
    }

    /// So many bytes more in the bucket.
    pub fn stored(bytes: u64) -> Self {
        Self { bytes_stored: signed(bytes), ..Self::default() }
    }

    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            uploads_in_flight: self.uploads_in_flight.saturating_add(other.uploads_in_flight),
            bytes_in_flight: self.bytes_in_flight.saturating_add(other.bytes_in_flight),
            bytes_stored: self.bytes_stored.saturating_add(other.bytes_stored),
            uploads_stored: self.uploads_stored.saturating_add(other.uploads_stored),
        }
    }
}

impl Neg for Usage {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            uploads_in_flight: self.uploads_in_flight.saturating_neg(),
            bytes_in_flight: self.bytes_in_flight.saturating_neg(),
            bytes_stored: self.bytes_stored.saturating_neg(),
            uploads_stored: self.uploads_stored.saturating_neg(),
        }
    }
}

impl Sub for Usage {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests;
