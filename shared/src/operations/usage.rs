//! Usage: what each tenant has.

mod count;
mod read;
mod recount;

pub use count::count_usage;
pub use read::read_usage;
pub(crate) use recount::expedite_recounts;
pub use recount::recount_usage;
