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

/// Originals lie under this prefix, and S3 tells intake about nothing else.
const ORIGINALS: &str = "uploads/";

const DERIVATIVES: &str = "derived/";

/// The key of the original in the bucket.
pub fn original(tenant: &Tenant, id: &UploadId) -> String {
    format!("{ORIGINALS}{tenant}/{id}")
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

/// Reads the tenant and the upload out of an original's key.
pub fn parse_original(key: &str) -> Option<(Tenant, UploadId)> {
    let (tenant, id) = key.strip_prefix(ORIGINALS)?.split_once('/')?;
    Some((Tenant::parse(tenant)?, UploadId::parse(id)?))
}
