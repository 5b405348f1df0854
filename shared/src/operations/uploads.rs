//! Uploads.

mod abort;
mod admit;
mod complete;
mod create;
mod delete;
mod ingest;
mod list;
mod list_parts;
mod read;
mod sign_download;

pub use abort::abort_upload;
pub(crate) use admit::admit_run;
pub use complete::{CompletedUpload, complete_upload};
pub use create::{CreatedUpload, Transfer, create_upload};
pub use delete::delete_upload;
pub(crate) use ingest::ingest_object;
pub use ingest::ingest_upload;
pub use list::{EXAMINED_MAX, UploadFilter, list_uploads};
pub use list_parts::{PartPage, PartToSend, list_parts};
pub(crate) use read::find_upload;
pub use read::{StepStatus, UploadWithSteps, add_steps, read_run, read_upload};
pub use sign_download::{DownloadRequest, SignedDownload, sign_download};
