//! Changes of rows, as the table's stream reports them.

mod ends;
mod follow;
mod uploads;

pub(crate) use ends::{call_back, end_import, ended_steps};
pub use follow::follow_changes;
pub(crate) use uploads::{advance, conclude};
