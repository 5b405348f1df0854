//! Jobs: running them, sending them to their queues, dispatching those that are due.

mod dispatch_due;
mod read;
mod run;
mod send;

pub use dispatch_due::dispatch_due_jobs;
pub use read::read_job;
pub use run::{Received, run_deliveries};
pub(crate) use send::{send_job, send_jobs};
