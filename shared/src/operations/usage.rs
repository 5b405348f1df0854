//! Usage: what each tenant has.

mod read;
mod recount;

pub use read::read_usage;
pub(crate) use recount::expedite_recounts;
pub use recount::recount_usage;
