//! Derivatives: what a step of a recipe makes, of which bytes, and where it lies in the bucket.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{UploadId, digest, encode};
use crate::image::{Demand, Facts, OutputFormat, Transform, most_demanding};
use crate::job::Job;
use crate::recipe::{Action, Recipe, Step};
use crate::tenant::Tenant;
use crate::upload::key::{self, ParentKey};

/// The longest input of a step that says what the recipe's other images need too, in bytes of JSON: a job's row must stay
/// within a write unit. Beyond, the step is decoded for alone.
const INPUT_WITH_DEMANDS_BYTES_MAX: usize = 224;

/// One step of a recipe, to be carried out on certain bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct StepWork {
    pub upload: UploadId,
    pub step: Step,
    /// Tells the step's input from any other. For the original it is the ETag that it was stored with (S3 refuses a read of
    /// anything else), for what an earlier step made the hash that its key ends with.
    pub etag: String,
    /// The needs of all the images that the recipe makes of the same bytes, so that one decoding serves them.
    /// It depends on the recipe alone, and so does each pixel that is made.
    pub demands: Vec<Demand>,
}

impl StepWork {
    /// The work of one of the recipe's steps, for an upload whose bytes are stored as `etag`.
    pub fn of(upload: &UploadId, recipe: &Recipe, step: &Step, etag: &str) -> Self {
        // A step's source comes before it, so that this ends.
        let source = step.from.as_deref().and_then(|from| recipe.step(from));
        let etag =
            source.map_or_else(|| etag.to_owned(), |source| Self::of(upload, recipe, source, etag).hash());
        let demands = match &step.action {
            Action::Image(_) => most_demanding(images_of(recipe, step.from.as_deref())),
            Action::Metadata(_) | Action::Checksum(_) => Vec::new(),
        };
        Self { upload: upload.clone(), step: step.clone(), etag, demands }
    }

    /// Returns the input that the step's job stores: the step without its name, which the job's parent says, `etag` and
    /// `demands`.
    pub fn to_input(&self) -> Value {
        let mut input = serde_json::to_value(&self.step).unwrap_or_default();
        if let Some(input) = input.as_object_mut() {
            input.remove("name");
            input.insert("etag".to_owned(), Value::from(self.etag.as_str()));
            if !self.demands.is_empty() {
                input.insert("demands".to_owned(), serde_json::to_value(&self.demands).unwrap_or_default());
                let is_short =
                    serde_json::to_vec(input).is_ok_and(|json| json.len() <= INPUT_WITH_DEMANDS_BYTES_MAX);
                if !is_short {
                    input.remove("demands");
                }
            }
        }
        input
    }

    /// The work that the job of a step carries out; `None` when its parent is no upload or its input no step.
    pub fn of_job(job: &Job) -> Option<Self> {
        let (parent, key) = (job.parent.as_ref()?, ParentKey::of_job(job)?);
        let mut step = job.input.clone();
        let etag = step.as_object_mut()?.remove("etag")?.as_str()?.to_owned();
        let demands = step.as_object_mut()?.remove("demands");
        let demands = demands.map_or(Some(Vec::new()), |demands| serde_json::from_value(demands).ok())?;
        step["name"] = Value::from(parent.step.as_str());
        Some(Self { upload: key.upload, step: serde_json::from_value(step).ok()?, etag, demands })
    }

    /// Where the bytes lie that the step works on.
    pub fn input_key(&self, tenant: &Tenant) -> String {
        match &self.step.from {
            None => key::original(tenant, &self.upload),
            Some(from) => format!("{}{from}-{}", key::derived_prefix(tenant, &self.upload), self.etag),
        }
    }

    /// Where what the step makes is stored: the same key for the same step of the same bytes.
    pub fn derived_key(&self, tenant: &Tenant) -> String {
        format!("{}{}-{}", key::derived_prefix(tenant, &self.upload), self.step.name, self.hash())
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

/// The images that a recipe makes of the original, or of what one step makes.
fn images_of<'r>(recipe: &'r Recipe, from: Option<&'r str>) -> impl Iterator<Item = &'r Transform> {
    let steps = recipe.steps.iter().filter(move |step| step.from.as_deref() == from);
    steps.filter_map(|step| match &step.action {
        Action::Image(transform) => Some(transform),
        Action::Metadata(_) | Action::Checksum(_) => None,
    })
}

/// An image that a step made. Stored inside the job's row, in under 256 bytes. Names never change.
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
    /// The facts that decoding found out about the original; `None` if the step worked on what an earlier one made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Facts>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternative {
    pub format: OutputFormat,
    pub size_bytes: u64,
}

impl Image {
    /// How much is stored, alternatives included.
    pub fn stored_bytes(&self) -> u64 {
        self.size_bytes + self.alternatives.iter().map(|other| other.size_bytes).sum::<u64>()
    }
}

/// The text and numbers of an image's file beside its pixels, stored as an object of JSON. Names never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    pub json_size_bytes: u64,
}

impl Metadata {
    pub const CONTENT_TYPE: &str = "application/json";
}

/// A digest. Names never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// In hexadecimal.
    pub sha256: String,
}
