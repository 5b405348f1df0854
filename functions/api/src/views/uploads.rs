//! Uploads and their derivatives.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::clock::Timestamp;
use shared::error::Error;
use shared::image::OutputFormat;
use shared::job;
use shared::media::{self, Product};
use shared::operations::{CreatedUpload, Transfer, UploadFilter, UploadWithSteps};
use shared::recipe::{RecipeSource, Step};
use shared::upload::{self, Image, Rejection};

use super::jobs::{Failure, failure};
use super::listing::Limit;
use super::time::Time;

/// The URL of a derivative works at least this long, and is the same for as long: a reader that has it is told 304.
const DOWNLOAD_LIFE: Duration = Duration::from_secs(60 * 60);

#[derive(Debug, Serialize, JsonSchema)]
pub struct Links {
    #[serde(rename = "self")]
    #[schemars(example = &"/v1/uploads/upl_54df63zb7rnrnrnk8bhknq46c5")]
    own: String,
    /// The parts, while they can be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<String>,
    /// Makes one file of the parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    complete: Option<String>,
    /// Gives the upload up, while it has not arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    abort: Option<String>,
}

/// An upload that was accepted.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CreatedView {
    #[schemars(example = &"upl_54df63zb7rnrnrnk8bhknq46c5")]
    id: String,
    state: upload::State,
    /// What carries the bytes; absent if they come in parts, and once they cannot or need not be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<TransferRequest>,
    /// How the bytes are divided; absent unless they come in parts, and once they cannot or need not be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    multipart: Option<PlanWithEnd>,
    /// Which kept recipe the upload has a copy of; absent where the recipe was sent along.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipe: Option<RecipeSource>,
    links: Links,
}

/// The request that carries the bytes to the storage: a `PUT` with exactly these headers, or a form of type
/// `multipart/form-data` with exactly these fields and, after them, the field `file`.
#[derive(Debug, Serialize, JsonSchema)]
struct TransferRequest {
    #[schemars(example = &"PUT")]
    method: &'static str,
    url: String,
    /// Of a `PUT`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    /// Of a form.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<&'static str, String>,
    expires_at: Time,
}

/// How a file is divided: all parts but the last have the same size.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UploadPlan")]
pub struct Plan {
    #[schemars(example = 8_388_608)]
    part_size_bytes: u64,
    part_count: u32,
}

/// How a file is divided, and until when it can be sent.
#[derive(Debug, Serialize, JsonSchema)]
struct PlanWithEnd {
    #[serde(flatten)]
    plan: Plan,
    /// All parts must arrive by then.
    expires_at: Time,
}

impl From<upload::Plan> for Plan {
    fn from(plan: upload::Plan) -> Self {
        Self { part_size_bytes: plan.part_size_bytes, part_count: plan.part_count() }
    }
}

/// An upload with its derivatives.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Upload {
    #[serde(flatten)]
    summary: Summary,
    /// One for each step, in the recipe's order.
    derivatives: Vec<Derivative>,
}

/// What a listing shows of an upload.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UploadSummary")]
pub struct Summary {
    #[schemars(example = &"upl_54df63zb7rnrnrnk8bhknq46c5")]
    id: String,
    state: upload::State,
    #[schemars(example = &"photo.jpg")]
    filename: String,
    #[schemars(example = &"image/jpeg")]
    content_type: String,
    size_bytes: u64,
    /// Which kept recipe it has a copy of; absent where the recipe was sent along.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipe: Option<RecipeSource>,
    /// What decoding told; `null` until a step has decoded it.
    image: Option<Image>,
    rejection: Option<Rejection>,
    created_at: Time,
    updated_at: Time,
    links: Links,
}

/// What a step makes.
#[derive(Debug, Serialize, JsonSchema)]
struct Derivative {
    #[schemars(example = &"thumb")]
    name: String,
    state: DerivativeState,
    /// Of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<OutputFormat>,
    /// Of an image, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    /// Of an image, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_bytes: Option<u64>,
    /// Reads the object, an image or the metadata as JSON; works for an hour at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// The same image in smaller files that not every client can show, the smallest first: of the format `auto`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    alternatives: Vec<Alternative>,
    /// Of a checksum step, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    links: BTreeMap<&'static str, String>,
}

/// The same image in another format.
#[derive(Debug, Serialize, JsonSchema)]
struct Alternative {
    format: OutputFormat,
    size_bytes: u64,
    url: String,
}

/// `pending` until its job is accepted, then the job's state.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum DerivativeState {
    Pending,
    #[serde(untagged)]
    Job(job::State),
}

/// The parameters of the listing of uploads.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadsQuery {
    /// Continues where the page ended that answered it. It holds for the same filters alone.
    #[serde(default)]
    pub cursor: Option<String>,
    /// How many uploads a page has at most.
    #[serde(default)]
    pub limit: Limit,
    /// Only uploads that were created then or later.
    #[serde(default)]
    created_from: Option<Time>,
    /// Only uploads that were created earlier.
    #[serde(default)]
    created_before: Option<Time>,
}

impl UploadsQuery {
    pub fn filter(&self) -> UploadFilter {
        UploadFilter {
            created_from: self.created_from.map(|time| time.0),
            created_before: self.created_before.map(|time| time.0),
        }
    }
}

pub fn created_upload(created: &CreatedUpload) -> CreatedView {
    let upload = &created.upload;
    let mut view = CreatedView {
        id: upload.id.to_string(),
        state: upload.state,
        request: None,
        multipart: None,
        recipe: upload.named_recipe.clone(),
        links: links_of(upload),
    };
    match &created.transfer {
        None => {}
        Some((Transfer::Parts(plan), expires_at)) => {
            view.multipart = Some(PlanWithEnd { plan: (*plan).into(), expires_at: Time(*expires_at) });
        }
        Some((Transfer::Put(put), expires_at)) => {
            view.request = Some(TransferRequest {
                method: "PUT",
                url: put.url.clone(),
                headers: put.headers.iter().cloned().collect(),
                fields: BTreeMap::new(),
                expires_at: Time(*expires_at),
            });
        }
        Some((Transfer::Form(form), expires_at)) => {
            view.request = Some(TransferRequest {
                method: "POST",
                url: form.url.clone(),
                headers: BTreeMap::new(),
                fields: form.fields.iter().cloned().collect(),
                expires_at: Time(*expires_at),
            });
        }
    }
    view
}

pub async fn upload(app: &App, read: UploadWithSteps) -> Result<Upload, Error> {
    let mut derivatives = Vec::new();
    for (step, job) in read.steps {
        derivatives.push(derivative(app, &read.upload, &step, job.as_ref()).await?);
    }
    Ok(Upload { summary: summary(read.upload), derivatives })
}

async fn derivative(
    app: &App,
    upload: &upload::Upload,
    step: &Step,
    job: Option<&job::Job>,
) -> Result<Derivative, Error> {
    let mut view = Derivative {
        name: step.name.clone(),
        state: derivative_state(upload, step, job),
        format: None,
        width: None,
        height: None,
        size_bytes: None,
        url: None,
        alternatives: Vec::new(),
        sha256: None,
        failure: failure_of(upload, step, job),
        links: job.map(|job| ("job", format!("/v1/jobs/{}", job.id))).into_iter().collect(),
    };
    let made = job.and_then(|job| job.work.step().zip(job.product.as_ref()));
    match made {
        Some((work, Product::Image(image))) => {
            (view.format, view.size_bytes) = (Some(image.format), Some(image.size_bytes));
            (view.width, view.height) = (Some(image.width), Some(image.height));
            view.url = Some(url(app, &work.derived_key(&upload.tenant)).await?);
            for media::Alternative { format, size_bytes } in image.alternatives.iter().copied() {
                let url = url(app, &work.alternative_key(&upload.tenant, format)).await?;
                view.alternatives.push(Alternative { format, size_bytes, url });
            }
        }
        Some((work, Product::Metadata { json_size_bytes })) => {
            view.size_bytes = Some(*json_size_bytes);
            view.url = Some(url(app, &work.derived_key(&upload.tenant)).await?);
        }
        Some((_, Product::Checksum { sha256 })) => view.sha256 = Some(sha256.clone()),
        None => {}
    }
    Ok(view)
}

async fn url(app: &App, key: &str) -> Result<String, Error> {
    Ok(app.bucket.sign_get(key, signed_at(app.clock.now()), 2 * DOWNLOAD_LIFE).await?)
}

/// A step that was cut off by another has no job to say why.
fn failure_of(upload: &upload::Upload, step: &Step, job: Option<&job::Job>) -> Option<Failure> {
    match (job, &step.from) {
        (Some(job), _) => job.failure.as_ref().map(failure),
        (None, Some(from)) if upload.failed.contains(&step.name) => Some(Failure::of_source(from)),
        _ => None,
    }
}

/// The beginning of the period in which URLs are the same.
fn signed_at(now: Timestamp) -> Timestamp {
    let period = i64::try_from(DOWNLOAD_LIFE.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.as_millis() - now.as_millis().rem_euclid(period))
}

/// A job that failed for good is removed some day; the upload remembers how its steps ended.
fn derivative_state(upload: &upload::Upload, step: &Step, job: Option<&job::Job>) -> DerivativeState {
    match job {
        Some(job) => DerivativeState::Job(job.state),
        None if upload.failed.contains(&step.name) => DerivativeState::Job(job::State::Dead),
        None => DerivativeState::Pending,
    }
}

pub fn summary(upload: upload::Upload) -> Summary {
    Summary {
        links: links_of(&upload),
        id: upload.id.to_string(),
        state: upload.state,
        filename: upload.filename,
        content_type: upload.content_type,
        size_bytes: upload.size_bytes,
        recipe: upload.named_recipe,
        image: upload.image,
        rejection: upload.rejection,
        created_at: upload.created_at.into(),
        updated_at: upload.updated_at.into(),
    }
}

fn links_of(upload: &upload::Upload) -> Links {
    let own = format!("/v1/uploads/{}", upload.id);
    let is_pending = upload.state == upload::State::Pending;
    let takes_parts = is_pending && upload.multipart.is_some();
    Links {
        parts: takes_parts.then(|| format!("{own}/parts")),
        complete: takes_parts.then(|| format!("{own}/complete")),
        abort: is_pending.then(|| format!("{own}/abort")),
        own,
    }
}
