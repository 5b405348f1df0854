//! The operations: read, ask the pure code, write. Each says why its order of effects loses nothing.

mod audit_table;
mod authenticate;
mod create_upload;
mod dispatch_due_jobs;
mod drain_letter_boxes;
mod follow_changes;
mod list_uploads;
mod perform_image_step;
mod read_upload;
mod receive_upload;
mod run_deliveries;

pub use audit_table::{audit_asked_for, audit_segment_of_the_minute};
pub use authenticate::authenticate;
pub use create_upload::{CreatedUpload, create_upload};
pub use dispatch_due_jobs::dispatch_due_jobs;
pub use drain_letter_boxes::{drain_dead_letters, drain_failures};
pub use follow_changes::follow_changes;
pub use list_uploads::{Page, list_uploads};
pub use read_upload::{UploadWithSteps, read_job, read_upload};
pub use receive_upload::receive_upload;
pub use run_deliveries::{Received, run_deliveries};
