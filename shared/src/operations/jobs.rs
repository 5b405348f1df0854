//! Jobs: running them, dispatching those that are due.

mod digest_original;
mod dispatch_due;
mod perform_step;
mod run;

pub use dispatch_due::dispatch_due_jobs;
pub use run::{Received, run_deliveries};
