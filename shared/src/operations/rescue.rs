//! Finding what was lost: the audit, and messages and events that were given up.

mod audit;
mod drain;

pub use audit::{audit_asked_for, audit_segment_of_the_minute};
pub use drain::{drain_dead_letters, drain_failures};
