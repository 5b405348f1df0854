//! The operations: read, ask the pure code, write. Each says why its order of effects loses nothing.

mod audit_table;
mod authenticate;
mod check_readiness;
mod create_api_key;
mod create_upload;
mod dispatch_due_jobs;
mod drain_letter_boxes;
mod follow_changes;
mod hold_request;
mod list_api_keys;
mod list_uploads;
mod perform_image_step;
mod read_api_key;
mod read_upload;
mod receive_upload;
mod revoke_api_key;
mod rotate_api_key;
mod run_deliveries;

pub use audit_table::{audit_asked_for, audit_segment_of_the_minute};
pub use authenticate::{KnownKeys, authenticate};
pub use check_readiness::check_readiness;
pub use create_api_key::{CreatedApiKey, create_api_key};
pub use create_upload::{CreatedUpload, create_upload};
pub use dispatch_due_jobs::dispatch_due_jobs;
pub use drain_letter_boxes::{drain_dead_letters, drain_failures};
pub use follow_changes::follow_changes;
pub use hold_request::{Held, Hold, hold_request};
pub use list_api_keys::{ApiKeyPage, list_api_keys};
pub use list_uploads::{Page, UploadFilter, list_uploads};
pub use read_api_key::read_api_key;
pub use read_upload::{UploadWithSteps, read_job, read_upload};
pub use receive_upload::receive_upload;
pub use revoke_api_key::revoke_api_key;
pub use rotate_api_key::{RotatedApiKey, rotate_api_key};
pub use run_deliveries::{Received, run_deliveries};
