//! The removal of an original that is of no more use: it was rejected, or its upload was given up or expired.

use std::time::Duration;

use serde_json::json;

use crate::clock::Timestamp;
use crate::id::UploadId;
use crate::job::{self, Failure, Job};
use crate::retry::Policy;
use crate::upload::Upload;

use super::contract::{JobKind, Retention, Run, Stopped};
use super::purge_upload::{self, UploadInput};
use super::upload_jobs::accept;

/// Removes what is stored of an upload: the parts first, then the original. The row stays.
pub struct RemoveOriginal(UploadId);

impl JobKind for RemoveOriginal {
    type Output = ();
    type Scratch = ();

    const NAME: &'static str = "remove_original";
    const RETRY: Policy = purge_upload::RETRY;
    const RETENTION: Retention = Retention::For(job::RETENTION);
    const TIME_LIMIT: Duration = Duration::from_secs(5);

    fn read(job: &Job) -> Result<Self, Failure> {
        UploadInput::read(job).map(Self)
    }

    fn stored_bytes((): &()) -> u64 {
        0
    }

    async fn run(self, run: &Run<'_>, (): &()) -> Result<(), Stopped> {
        let app = run.app;
        let Some(upload) = app.table.get_upload(&run.job.tenant, &self.0).await? else { return Ok(()) };
        if upload.state.drops_original() {
            app.table.expire_recipe(&upload, app.clock.now()).await?;
            app.bucket.remove_original(&upload).await?;
        }
        Ok(())
    }
}

impl RemoveOriginal {
    /// The job that removes an original that is of no more use.
    pub fn job_of(upload: &Upload, now: Timestamp) -> Job {
        accept(upload, upload.job_id(":remove"), Self::NAME, json!({ "upload": upload.id }), now)
    }
}
