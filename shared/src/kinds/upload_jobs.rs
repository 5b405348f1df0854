//! The jobs that uploads and their runs call for. Their ids are derived, so that putting one twice is putting it once.

use serde_json::Value;

use crate::clock::Timestamp;
use crate::id::JobId;
use crate::job::{Job, KindName};
use crate::recipe::Action;
use crate::upload::{Task, Upload};

use super::checksum_step::ChecksumStep;
use super::contract::JobKind;
use super::image_step::ImageStep;
use super::metadata_step::MetadataStep;
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

/// A job that works for an upload, as it is accepted.
pub(super) fn accept(upload: &Upload, id: JobId, kind: &str, input: Value, now: Timestamp) -> Job {
    let mut job = Job::accept(upload.tenant.clone(), id, KindName::new(kind), input, now);
    job.request_id = upload.request_id.clone();
    job
}
