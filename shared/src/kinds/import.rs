//! The import of a file: fetched from a URL that its upload names, and stored as if a client had sent it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::App;
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::id::{JobId, UploadId};
use crate::job::{self, Cause, Failure, Job, Next, Parent, ParentKind};
use crate::metrics::{self, Metric};
use crate::retry::Policy;
use crate::seal;
use crate::secret::SecretName;
use crate::upload::{Rejection, Source, State, Upload};

use super::contract::{JobKind, Retention, Run, Stopped, unreadable};
use super::upload_jobs::accept;
use problem::Problem;

mod fetch;
mod problem;
mod store;

/// Fetches the file of a pending upload in parts straight into the bucket; S3 then tells intake, as of any object.
///
/// Harmless when repeated, and resumed after a crash: the upload's row names S3's multipart upload and the `ETag` of the
/// source, S3 knows the parts, and the next run asks for the rest of the same file. S3 takes one object under the key, whichever
/// run completes it. The run that finds out that there will be no file rejects the upload; relay does it when the job dies without
/// having done so.
#[derive(Debug, Serialize, Deserialize)]
pub struct Import {
    upload: UploadId,
    /// The [`Source`] as JSON, sealed for this job.
    sealed: String,
}

/// The result of a finished import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    pub size_bytes: u64,
}

impl JobKind for Import {
    type Output = Imported;
    type Scratch = ();

    const NAME: &'static str = "import";
    const RETRY: Policy = Policy {
        waits: &[
            Duration::from_secs(5),
            Duration::from_secs(30),
            Duration::from_secs(2 * 60),
            Duration::from_secs(10 * 60),
            Duration::from_secs(60 * 60),
        ],
        jitter_percent: 20,
    };
    const RETENTION: Retention = Retention::For(job::RETENTION);
    const TIME_LIMIT: Duration = Duration::from_secs(45);

    fn read(job: &Job) -> Result<Self, Failure> {
        serde_json::from_value(job.input.clone()).map_err(|_| unreadable())
    }

    /// The original counts as its upload's.
    fn stored_bytes(_: &Imported) -> u64 {
        0
    }

    async fn run(self, run: &Run<'_>, (): &()) -> Result<Imported, Stopped> {
        let Run { app, job, .. } = *run;
        let upload = app.table.get_upload(&job.tenant, &self.upload).await?;
        let Some(upload) = upload.filter(|upload| is_parent(job, upload)) else { return Err(ended().into()) };
        match upload.state {
            State::Pending => {}
            state if state.drops_original() => return Err(ended().into()),
            _ => return Ok(Imported { size_bytes: upload.size_bytes }),
        }
        let source = self.open(app, job).await?;
        match store::import(run, &upload, &source).await {
            Ok(size_bytes) => Ok(Imported { size_bytes }),
            Err(Problem { stopped, detail }) => {
                if let Stopped::Failed { failure, .. } = &stopped
                    && job::after_failure(job, failure, &Self::RETRY, app.clock.now()) == Next::Die
                {
                    let detail = detail.map_or_else(|| failure.detail.clone(), String::from);
                    reject(app, &upload, &Rejection::new(&failure.code, detail)).await?;
                }
                Err(stopped)
            }
        }
    }
}

impl Import {
    /// The job that fetches the file of an upload. Its input is an item of its own, stored when the upload was accepted.
    pub fn job_of(upload: &Upload, now: Timestamp) -> Job {
        let mut job = accept(upload, job_id(upload), Self::NAME, Value::Null, now);
        job.input_apart = true;
        job.parent = Some(Parent {
            kind: ParentKind::Import,
            id: upload.id.to_string(),
            at: Some(upload.created_at),
            step: Self::NAME.to_owned(),
        });
        job
    }

    /// The input of the job that imports the upload's file, as it is stored apart from the job's row.
    pub async fn seal(app: &App, upload: &Upload, source: &Source) -> Result<Self, Fault> {
        let secret = app.secrets.secret(SecretName::SourceSealing, &app.ids).await?;
        let source = serde_json::to_string(source).unwrap_or_default();
        let job = job_id(upload);
        let sealed = seal::seal(&secret, job.as_str(), &source, &app.ids);
        Ok(Self { upload: upload.id.clone(), sealed })
    }

    async fn open(&self, app: &App, job: &Job) -> Result<Source, Stopped> {
        let secret = app.secrets.secret(SecretName::SourceSealing, &app.ids).await?;
        let source = seal::open(&secret, job.id.as_str(), &self.sealed);
        let source = source.and_then(|source| serde_json::from_str(&source).ok());
        Ok(source.ok_or_else(unreadable)?)
    }
}

/// The id of the job that imports an upload's file.
pub fn job_id(upload: &Upload) -> JobId {
    upload.job_id(":import")
}

/// Rejects a pending upload of which there will be no file. Harmless when repeated.
pub async fn reject(app: &App, upload: &Upload, why: &Rejection) -> Result<(), Fault> {
    if app.table.reject_upload(upload, why, app.clock.now()).await?.is_none() {
        metrics::count(Metric::UploadsRejected, upload.request_id.as_ref());
    }
    Ok(())
}

/// Whether the upload is the one that the job was made for, and not a later one under the same id.
pub fn is_parent(job: &Job, upload: &Upload) -> bool {
    job.parent.as_ref().is_some_and(|parent| parent.at == Some(upload.created_at))
}

/// The client gave the upload up, or its time is over.
fn ended() -> Failure {
    Failure::new(Cause::Rejected, "upload_ended", "the upload has ended, so its file is not fetched")
}
