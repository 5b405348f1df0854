//! The results of a recipe's steps.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use shared::app::App;
use shared::clock::Timestamp;
use shared::error::Error;
use shared::image::OutputFormat;
use shared::job::{self, Job};
use shared::kinds::Output;
use shared::operations::uploads::StepStatus;
use shared::recipe::Step;
use shared::{derivative, upload};

use super::jobs::{Failure, failure};

/// The URL of a derivative works at least this long, and stays the same for as long, so that `If-None-Match` is of use.
const DOWNLOAD_LIFE: Duration = Duration::from_secs(30 * 60);

/// The result of a step.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Derivative {
    #[schemars(example = &"thumb")]
    name: String,
    state: DerivativeState,
    /// The format of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<OutputFormat>,
    /// The width of an image, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    /// The height of an image, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_bytes: Option<u64>,
    /// Returns the image, or the metadata as JSON. Works for at least half an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// With the format `auto`: the same image in smaller files that not every client can show, the smallest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    alternatives: Vec<Alternative>,
    /// The result of a checksum step, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    links: Links,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DerivativeLinks")]
struct Links {
    /// The job that makes it, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"/v1/jobs/job_0x63btzp3agp08j8m7d04ch2gm")]
    job: Option<String>,
}

/// The same image in another format.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AlternativeImage")]
struct Alternative {
    format: OutputFormat,
    size_bytes: u64,
    url: String,
}

/// `pending` until there is a job for it, then the state of the job.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum DerivativeState {
    Pending,
    #[serde(untagged)]
    Job(job::State),
}

pub async fn derivatives(
    app: &App,
    upload: &upload::Upload,
    steps: Vec<StepStatus>,
) -> Result<Vec<Derivative>, Error> {
    let mut derivatives = Vec::new();
    for status in &steps {
        derivatives.push(derivative(app, upload, status).await?);
    }
    Ok(derivatives)
}

async fn derivative(app: &App, upload: &upload::Upload, status: &StepStatus) -> Result<Derivative, Error> {
    let (step, job) = (&status.step, status.job.as_ref());
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
        links: Links { job: job.map(|job| format!("/v1/jobs/{}", job.id)) },
    };
    let made = status.work.as_ref().zip(job.and_then(Output::of));
    match made {
        Some((work, Output::ImageStep(image))) => {
            (view.format, view.size_bytes) = (Some(image.format), Some(image.size_bytes));
            (view.width, view.height) = (Some(image.width), Some(image.height));
            view.url = Some(url(app, &work.derived_key(&upload.tenant)).await?);
            for derivative::Alternative { format, size_bytes } in image.alternatives {
                let url = url(app, &work.alternative_key(&upload.tenant, format)).await?;
                view.alternatives.push(Alternative { format, size_bytes, url });
            }
        }
        Some((work, Output::MetadataStep(metadata))) => {
            view.size_bytes = Some(metadata.json_size_bytes);
            view.url = Some(url(app, &work.derived_key(&upload.tenant)).await?);
        }
        Some((_, Output::ChecksumStep(digest))) => view.sha256 = Some(digest.sha256),
        _ => {}
    }
    Ok(view)
}

async fn url(app: &App, key: &str) -> Result<String, Error> {
    Ok(app.bucket.sign_get(key, signed_at(app.clock.now()), 2 * DOWNLOAD_LIFE).await?)
}

/// A step that was cut off by another has no job to say why.
fn failure_of(upload: &upload::Upload, step: &Step, job: Option<&Job>) -> Option<Failure> {
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
fn derivative_state(upload: &upload::Upload, step: &Step, job: Option<&Job>) -> DerivativeState {
    match job {
        Some(job) => DerivativeState::Job(job.state),
        None if upload.failed.contains(&step.name) => DerivativeState::Job(job::State::Dead),
        None => DerivativeState::Pending,
    }
}
