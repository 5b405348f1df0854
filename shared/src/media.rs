//! The media job: one step of a recipe, carried out on an upload's original or on what an earlier step made of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{JobId, UploadId, digest, encode};
use crate::image::{Facts, OutputFormat};
use crate::recipe::{Action, Recipe, Step};
use crate::retry::Policy;
use crate::tenant::Tenant;
use crate::upload::Upload;

/// What to do, and with which bytes. Stored inside the job's row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepWork {
    pub upload: UploadId,
    /// Which run of the upload the step belongs to; `None` for the recipe that the upload came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<u32>,
    pub step: Step,
    /// What tells the step's input from any other: of the original the ETag that it arrived with (a read of anything else
    /// is refused by S3), of what an earlier step made the hash that its key ends with.
    pub etag: String,
}

impl StepWork {
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

    /// The work of one of the recipe's steps, for an upload whose bytes have arrived as `etag`.
    pub fn of(upload: &Upload, recipe: &Recipe, step: &Step, etag: &str) -> Self {
        // What a step works on comes before it, so that this ends.
        let source = step.from.as_deref().and_then(|from| recipe.step(from));
        let etag =
            source.map_or_else(|| etag.to_owned(), |source| Self::of(upload, recipe, source, etag).hash());
        Self { upload: upload.id.clone(), run: upload.run, step: step.clone(), etag }
    }

    /// The job of a step: derived, so that putting it twice is putting it once.
    ///
    /// The time is part of it, because an upload's id may name another one after the first is gone.
    pub fn job_id(upload: &Upload, step_name: &str) -> JobId {
        let created_at = upload.created_at.as_millis().to_string();
        let mut parts = vec![upload.tenant.as_str(), upload.id.as_str(), &created_at, step_name];
        let run = upload.run.map(|run| run.to_string());
        parts.extend(run.as_deref());
        JobId::derived(&parts)
    }

    /// Where the bytes lie that the step works on.
    pub fn input_key(&self, tenant: &Tenant) -> String {
        match &self.step.from {
            None => Upload::original_key(tenant, &self.upload),
            Some(from) => format!("{}{from}-{}", Upload::derived_prefix(tenant, &self.upload), self.etag),
        }
    }

    /// Where what the step makes is stored: the same place for the same step of the same bytes.
    pub fn derived_key(&self, tenant: &Tenant) -> String {
        format!("{}{}-{}", Upload::derived_prefix(tenant, &self.upload), self.step.name, self.hash())
    }

    /// Where the same is stored in another format.
    pub fn alternative_key(&self, tenant: &Tenant, format: OutputFormat) -> String {
        format!("{}.{}", self.derived_key(tenant), format.extension())
    }

    fn hash(&self) -> String {
        let action = match &self.step.action {
            Action::Image(transform) => serde_json::to_string(transform),
            Action::Metadata(options) => serde_json::to_string(options),
            Action::Checksum(options) => serde_json::to_string(options),
        };
        encode(digest(&[&action.unwrap_or_default(), &self.etag]))
    }
}

/// What a finished step made. Stored inside the job's row; under 256 bytes. Names never change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Product {
    Image(Image),
    /// What an image's file says, as an object of JSON.
    Metadata {
        json_size_bytes: u64,
    },
    /// In hexadecimal.
    Checksum {
        sha256: String,
    },
}

/// A derivative.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Image {
    pub format: OutputFormat,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    pub size_bytes: u64,
    /// The same in other formats, the smallest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
    /// What decoding told about the original; `None` if the step worked on what an earlier one made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Facts>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternative {
    pub format: OutputFormat,
    pub size_bytes: u64,
}

impl Product {
    pub const METADATA_TYPE: &str = "application/json";

    /// How much is stored of it.
    pub fn size_bytes(&self) -> u64 {
        match self {
            Self::Image(image) => {
                image.size_bytes + image.alternatives.iter().map(|other| other.size_bytes).sum::<u64>()
            }
            Self::Metadata { json_size_bytes } => *json_size_bytes,
            Self::Checksum { .. } => 0,
        }
    }
}
