//! Changes of rows, as the table's stream reports them.

mod follow;

pub use follow::follow_changes;
pub(crate) use follow::{advance, conclude, job_of, remove_original};
