//! The names of an upload: in the table, and in the bucket. Knows nothing of uploads but their names.

use crate::id::UploadId;
use crate::job::{Job, ParentKind};
use crate::tenant::Tenant;

/// Names the row of an upload, or of one of its runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ParentKey {
    pub tenant: Tenant,
    pub upload: UploadId,
    pub run: Option<u32>,
}

impl ParentKey {
    /// The upload, or the run, that the job works for; `None` when it works for something else, or for nothing.
    pub fn of_job(job: &Job) -> Option<Self> {
        let parent = job.parent.as_ref()?;
        let (upload, run) = match parent.kind {
            ParentKind::Upload | ParentKind::Import => (parent.id.as_str(), None),
            ParentKind::Run => {
                let (upload, run) = parent.id.split_once('/')?;
                (upload, Some(run.parse().ok()?))
            }
            ParentKind::Job => return None,
        };
        Some(Self { tenant: job.tenant.clone(), upload: UploadId::parse(upload)?, run })
    }
}

/// Originals lie under this prefix. Nothing that was stored under it is ever replaced.
const ORIGINALS: &str = "uploads/";

/// Forms send their files to keys under this prefix, and can do so again: intake copies the file to the original's key.
const FORM_FILES: &str = "forms/";

const DERIVATIVES: &str = "derived/";

/// The key of the original in the bucket.
pub fn original(tenant: &Tenant, id: &UploadId) -> String {
    format!("{ORIGINALS}{tenant}/{id}")
}

/// The key that a form sends the upload's file to.
pub fn form_file(tenant: &Tenant, id: &UploadId) -> String {
    format!("{FORM_FILES}{tenant}/{id}")
}

/// The prefix of the keys of all originals of a tenant.
pub fn originals_of(tenant: &Tenant) -> String {
    format!("{ORIGINALS}{tenant}/")
}

/// The prefix of the keys of all derivatives of a tenant.
pub fn derivatives_of(tenant: &Tenant) -> String {
    format!("{DERIVATIVES}{tenant}/")
}

/// The prefix of the keys of all derivatives of an upload.
pub fn derived_prefix(tenant: &Tenant, id: &UploadId) -> String {
    format!("{DERIVATIVES}{tenant}/{id}/")
}

/// Reads the tenant and the upload out of the key of an original, or of the file that a form sent.
pub fn parse(key: &str) -> Option<(Tenant, UploadId)> {
    let (tenant, id) =
        key.strip_prefix(ORIGINALS).or_else(|| key.strip_prefix(FORM_FILES))?.split_once('/')?;
    Some((Tenant::parse(tenant)?, UploadId::parse(id)?))
}
