//! One hour of a tenant: what is counted, and which records are remembered as counted.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Change, Outcome};
use crate::id::digest;
use crate::job::KindName;

/// The names of at least so many batches are remembered.
const BATCHES_MIN: usize = 16;

/// The names of at least so many records are remembered.
const NAMES_MIN: usize = 64;

/// No more names than that are remembered, unless one batch has more: 20 KiB.
const NAMES_MAX: usize = 4096;

/// Length of a record's name. Among 4,096 remembered names, one equals a new record's by chance once in 270 million.
const NAME_BYTES: usize = 5;

/// The jobs of one tenant that ended in one hour. Stored; names never change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hour {
    /// Raised by every write, each of which is conditional on it; 0 before the first.
    #[serde(default)]
    pub revision: u64,
    #[serde(default)]
    pub kinds: BTreeMap<KindName, Counts>,
    /// The records that were counted last, oldest batch first.
    #[serde(default)]
    batches: Vec<Names>,
}

/// Jobs of one kind. Stored; names never change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    #[serde(default, skip_serializing_if = "is_zero")]
    pub succeeded: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failed: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retried: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cancelled: u64,
}

type Name = [u8; NAME_BYTES];

/// The names of a batch's records, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Names(Vec<u8>);

impl Hour {
    /// The hour with those of its `changes` counted that it doesn't remember; `None` if it remembers all of them.
    pub fn with(&self, changes: &[Change]) -> Option<Self> {
        let mut next = self.clone();
        let mut remembered: HashSet<Name> = self.batches.iter().flat_map(Names::iter).collect();
        let mut names = Names::default();
        for change in changes {
            let name = name_of(change);
            if remembered.insert(name) {
                next.kinds.entry(change.kind.clone()).or_default().count(change.outcome);
                names.0.extend(name);
            }
        }
        if names.0.is_empty() {
            return None;
        }
        next.revision += 1;
        next.batches.push(names);
        next.forget();
        Some(next)
    }

    /// Drops the oldest batches that need not, or cannot, be remembered.
    fn forget(&mut self) {
        let mut names: usize = self.batches.iter().map(Names::len).sum();
        let mut dropped = 0;
        for (index, batch) in self.batches.iter().enumerate() {
            let (batches_left, names_left) = (self.batches.len() - index - 1, names - batch.len());
            let needless = batches_left >= BATCHES_MIN && names_left >= NAMES_MIN;
            let too_many = batches_left > 0 && names > NAMES_MAX;
            if !needless && !too_many {
                break;
            }
            (names, dropped) = (names_left, index + 1);
        }
        self.batches.drain(..dropped);
    }
}

impl Counts {
    fn count(&mut self, outcome: Outcome) {
        let counted = match outcome {
            Outcome::Succeeded => &mut self.succeeded,
            Outcome::Failed => &mut self.failed,
            Outcome::Retried => &mut self.retried,
            Outcome::Cancelled => &mut self.cancelled,
        };
        *counted += 1;
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

fn name_of(change: &Change) -> Name {
    let bits = digest(&["activity", &change.event_id]);
    [bits[0], bits[1], bits[2], bits[3], bits[4]]
}

impl Names {
    fn len(&self) -> usize {
        self.0.len() / NAME_BYTES
    }

    fn iter(&self) -> impl Iterator<Item = Name> {
        self.0.as_chunks::<NAME_BYTES>().0.iter().copied()
    }
}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(Bytes)
    }
}

struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = Names;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Names, E> {
        Ok(Names(bytes.to_vec()))
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Names, E> {
        Ok(Names(bytes))
    }
}
