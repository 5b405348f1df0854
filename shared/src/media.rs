//! The media job: one step of a recipe, carried out on an upload's original.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{JobId, UploadId, digest, encode};
use crate::image::{Facts, OutputFormat};
use crate::recipe::Step;
use crate::retry::Policy;
use crate::tenant::Tenant;
use crate::upload::Upload;

/// What to make, and of which bytes. Stored inside the job's row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageStep {
    pub upload: UploadId,
    pub step: Step,
    /// The original as it arrived; a read of anything else is refused by S3.
    pub etag: String,
}

impl ImageStep {
    pub const RETRY: Policy = Policy {
        waits: &[
            Duration::from_secs(2),
            Duration::from_secs(15),
            Duration::from_secs(2 * 60),
            Duration::from_secs(10 * 60),
            Duration::from_secs(60 * 60),
        ],
        jitter_percent: 20,
    };

    /// The job of a step: derived, so that putting it twice is putting it once.
    ///
    /// The time is part of it, because an upload's id may name another one after the first is gone.
    pub fn job_id(upload: &Upload, step_name: &str) -> JobId {
        let created_at = upload.created_at.as_millis().to_string();
        JobId::derived(&[upload.tenant.as_str(), upload.id.as_str(), &created_at, step_name])
    }

    /// Where the derivative is stored: the same place for the same step of the same bytes.
    pub fn derived_key(&self, tenant: &Tenant) -> String {
        let transform = serde_json::to_string(&self.step.image).unwrap_or_default();
        let hash = encode(digest(&[&transform, &self.etag]));
        format!("{}{}-{hash}", Upload::derived_prefix(tenant, &self.upload), self.step.name)
    }
}

/// What a finished step made. Stored inside the job's row; under 256 bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Product {
    pub format: OutputFormat,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    pub size_bytes: u64,
    /// What decoding told about the original.
    pub original: Facts,
}
