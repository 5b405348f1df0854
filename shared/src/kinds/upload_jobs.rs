//! The jobs that uploads and their runs call for. Their ids are derived, so that putting one twice is putting it once.

use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::id::JobId;
use crate::job::{Job, KindName};
use crate::recipe::Action;
use crate::upload::{Task, Upload};

use super::checksum_step::ChecksumStep;
use super::contract::JobKind;
use super::image_step::ImageStep;
use super::import::{self, Import};
use super::metadata_step::MetadataStep;
use super::purge_upload::PurgeUpload;
use super::remove_original::RemoveOriginal;
use super::verify_checksum::VerifyChecksum;

/// The job that carries out a step of an upload, as it is accepted.
pub fn job_of(upload: &Upload, step: &str, task: Task, now: Timestamp) -> Job {
    let (kind, input) = match &task {
        Task::Verify(checksum) => (VerifyChecksum::NAME, serde_json::to_value(checksum).unwrap_or_default()),
        Task::Step(work) => {
            let kind = match &work.step.action {
                Action::Image(_) => ImageStep::NAME,
                Action::Metadata(_) => MetadataStep::NAME,
                Action::Checksum(_) => ChecksumStep::NAME,
            };
            (kind, work.to_input())
        }
    };
    let mut job = accept(upload, upload.job_id(step), kind, input, now);
    job.parent = Some(upload.parent_of(step));
    job
}

/// The job that fetches the file of an upload. Its input is an item of its own, stored when the upload was accepted.
pub fn import_of(upload: &Upload, now: Timestamp) -> Job {
    let mut job = accept(upload, import::job_id(upload), Import::NAME, Value::Null, now);
    job.input_apart = true;
    job.parent = Some(import::parent_of(upload));
    job
}

/// The job that removes all that there is of a deleted upload. A `round` of its own makes another one, for when the first
/// is dead.
pub fn purge_of(upload: &Upload, round: &str, now: Timestamp) -> Job {
    accept(
        upload,
        upload.job_id(&format!(":purge{round}")),
        PurgeUpload::NAME,
        json!({ "upload": upload.id }),
        now,
    )
}

/// The job that removes an original that is of no more use.
pub fn removal_of(upload: &Upload, now: Timestamp) -> Job {
    accept(upload, upload.job_id(":remove"), RemoveOriginal::NAME, json!({ "upload": upload.id }), now)
}

fn accept(upload: &Upload, id: JobId, kind: &str, input: Value, now: Timestamp) -> Job {
    let mut job = Job::accept(upload.tenant.clone(), id, KindName::new(kind), input, now);
    job.request_id = upload.request_id.clone();
    job
}
