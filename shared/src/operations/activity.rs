//! Activity: how many jobs of each tenant ended.

mod read;

pub use read::{ActivityFilter, CountedKind, ReadActivity, read_activity};
