//! Changes that one write counts, named so that what comes twice is counted once.

use super::Usage;
use crate::clock::Timestamp;
use crate::id::{digest, encode};
use crate::tenant::Tenant;

/// The names of the latest batches are kept in this many attributes of a tenant's row, chosen by hash.
///
/// A batch that comes again does so before its shard goes on, so only batches of other shards can have taken its place
/// meanwhile. The row stays under a kilobyte.
pub const SLOTS: u8 = 16;

/// Of a batch's name; 65 bits.
const NAME_CHARS: usize = 13;

/// Between the name of a batch and its length.
const LENGTH_MARK: char = '#';

/// A change of one row, as far as its tenant's usage goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The stream's name of the record, of which there is no other.
    pub event_id: String,
    pub tenant: Tenant,
    pub at: Timestamp,
    pub delta: Usage,
}

/// Some changes of one tenant, in the stream's order.
///
/// Lambda hands a batch over again until it is done, and may do so when it was done. It begins at the same record then,
/// but more records may have come to it. So what is kept is the first record's name and how many were counted from there:
/// of a longer batch that begins alike, the rest is left to count.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a>(&'a [Change]);

impl<'a> Batch<'a> {
    /// `None` of no changes.
    pub const fn of(changes: &'a [Change]) -> Option<Self> {
        if changes.is_empty() { None } else { Some(Self(changes)) }
    }

    pub fn tenant(&self) -> &Tenant {
        &self.0[0].tenant
    }

    /// Whether not one of its changes amounts to anything.
    pub fn is_nothing(&self) -> bool {
        self.0.iter().all(|change| change.delta.is_nothing())
    }

    pub fn delta(&self) -> Usage {
        self.0.iter().map(|change| change.delta).sum()
    }

    /// When the latest of its changes was made.
    pub fn counted_to(&self) -> Timestamp {
        self.0.iter().map(|change| change.at).fold(self.0[0].at, Timestamp::max)
    }

    /// Which of the [`SLOTS`] keeps its name.
    pub fn slot(&self) -> u8 {
        self.bits()[0] % SLOTS
    }

    /// Of all batches that begin with the same record.
    pub fn name(&self) -> String {
        encode(self.bits()).chars().rev().take(NAME_CHARS).collect()
    }

    /// What the slot keeps once the batch is counted.
    pub fn mark(&self) -> String {
        format!("{}{LENGTH_MARK}{}", self.name(), self.0.len())
    }

    /// What is left to count after the batch that left `mark`, which begins with the same record.
    pub fn rest_after(&self, mark: &str) -> Option<Self> {
        let counted = mark.rsplit_once(LENGTH_MARK).and_then(|(_, length)| length.parse().ok());
        Self::of(self.0.get(counted.unwrap_or(self.0.len())..).unwrap_or_default())
    }

    fn bits(&self) -> [u8; 16] {
        digest(&["usage", &self.0[0].event_id])
    }
}
