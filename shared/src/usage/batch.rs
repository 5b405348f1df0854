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

/// Length of a batch's name; 65 bits.
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

/// Some changes of one tenant, in the stream's order, of which the first may have been counted.
///
/// Lambda hands a batch over again until it is done, and may do so when it was done. It begins at the same record then,
/// but more records may have come to it. So what is kept is the first record's name and how many were counted from there:
/// of a longer batch that begins alike, the rest is left to count.
#[derive(Clone, Debug)]
pub struct Batch<'a> {
    changes: &'a [Change],
    counted: usize,
    /// The content of the batch's slot, if it is of a batch that begins alike.
    seen: Option<String>,
}

impl<'a> Batch<'a> {
    /// `None` of no changes.
    pub const fn of(changes: &'a [Change]) -> Option<Self> {
        if changes.is_empty() { None } else { Some(Self { changes, counted: 0, seen: None }) }
    }

    pub fn tenant(&self) -> &Tenant {
        &self.changes[0].tenant
    }

    /// Whether nothing is left to count that amounts to anything.
    pub fn is_nothing(&self) -> bool {
        self.rest().iter().all(|change| change.delta.is_nothing())
    }

    /// Returns the usage that is left to count.
    pub fn delta(&self) -> Usage {
        self.rest().iter().map(|change| change.delta).sum()
    }

    /// When the latest of its changes was made.
    pub fn counted_to(&self) -> Timestamp {
        self.changes.iter().map(|change| change.at).fold(self.changes[0].at, Timestamp::max)
    }

    /// Which of the [`SLOTS`] keeps its name.
    pub fn slot(&self) -> u8 {
        self.bits()[0] % SLOTS
    }

    /// Returns the name that all batches share which begin with the same record.
    pub fn name(&self) -> String {
        encode(self.bits()).chars().rev().take(NAME_CHARS).collect()
    }

    /// Returns the content of the slot once the batch is counted.
    pub fn mark(&self) -> String {
        format!("{}{LENGTH_MARK}{}", self.name(), self.changes.len())
    }

    /// Returns the slot's content on which the rest may be counted; `None`: anything but a batch that begins alike.
    pub fn seen(&self) -> Option<&str> {
        self.seen.as_deref()
    }

    /// The same batch, as far as it is left to count by what its slot holds.
    pub fn after(self, mark: &str) -> Self {
        let of_its_own = mark.split_once(LENGTH_MARK).filter(|(name, _)| *name == self.name());
        match of_its_own {
            Some((_, length)) => {
                let counted = length.parse().unwrap_or(self.changes.len());
                Self { counted, seen: Some(mark.to_owned()), ..self }
            }
            // Changes that were counted stay so, though another batch has taken the slot.
            None => Self { seen: None, ..self },
        }
    }

    fn rest(&self) -> &'a [Change] {
        self.changes.get(self.counted..).unwrap_or_default()
    }

    fn bits(&self) -> [u8; 16] {
        digest(&["usage", &self.changes[0].event_id])
    }
}
