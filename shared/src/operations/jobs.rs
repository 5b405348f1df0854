//! Jobs: submitting and changing them, running them, sending them to their queues, dispatching those that are due.

mod cancel;
mod changed;
mod dispatch_due;
mod list;
mod put;
mod read;
mod reschedule;
mod retry;
mod run;
mod send;
mod submit;

pub use cancel::cancel_job;
pub use changed::ChangedJob;
pub use dispatch_due::dispatch_due_jobs;
pub use list::{EXAMINED_MAX, JobFilter, list_jobs};
pub(crate) use put::put_job_with_input;
pub use read::{read_job, read_job_input, read_job_output};
pub use reschedule::reschedule_job;
pub use retry::retry_job;
pub use run::{Received, run_deliveries};
pub(crate) use send::{send_job, send_jobs};
pub use submit::{BATCH_JOBS_MAX, SubmittedJob, submit_job, submit_jobs};
