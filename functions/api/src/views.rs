//! What the API shows of uploads and jobs. Field names are public: they never change.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use shared::app::App;
use shared::error::Error;
use shared::image::OutputFormat;
use shared::job::{self, Work};
use shared::operations::{CreatedUpload, Page, UploadWithSteps};
use shared::recipe::Step;
use shared::upload::{Image, Rejection, Upload as Row};

/// The URL of a derivative works this long.
const DOWNLOAD_LIFE: Duration = Duration::from_secs(60 * 60);

#[derive(Debug, Serialize)]
pub struct Links {
    #[serde(rename = "self")]
    own: String,
}

#[derive(Debug, Serialize)]
pub struct Created {
    id: String,
    state: &'static str,
    /// Absent once the bytes cannot or need not be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<PutRequest>,
    links: Links,
}

#[derive(Debug, Serialize)]
struct PutRequest {
    method: &'static str,
    url: String,
    headers: BTreeMap<String, String>,
    expires_at: String,
}

#[derive(Debug, Serialize)]
pub struct Upload {
    #[serde(flatten)]
    summary: Summary,
    derivatives: Vec<Derivative>,
}

/// What a listing shows of an upload.
#[derive(Debug, Serialize)]
struct Summary {
    id: String,
    state: &'static str,
    filename: String,
    content_type: String,
    size_bytes: u64,
    image: Option<Image>,
    rejection: Option<Rejection>,
    created_at: String,
    updated_at: String,
    links: Links,
}

#[derive(Debug, Serialize)]
struct Derivative {
    name: String,
    /// `pending` until its job is accepted, then the job's state.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<OutputFormat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    links: BTreeMap<&'static str, String>,
}

#[derive(Debug, Serialize)]
struct Failure {
    code: String,
    detail: String,
}

#[derive(Debug, Serialize)]
pub struct UploadPage {
    data: Vec<Summary>,
    /// Continues after this page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct Job {
    id: String,
    kind: &'static str,
    state: &'static str,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    /// How the latest attempts ended, oldest first.
    timeline: Vec<Attempt>,
    created_at: String,
    updated_at: String,
    links: BTreeMap<&'static str, String>,
}

#[derive(Debug, Serialize)]
struct Attempt {
    run: u32,
    outcome: String,
    ended_at: String,
}

pub fn created_upload(created: &CreatedUpload) -> Created {
    let request = created.put.as_ref().map(|(put, expires_at)| PutRequest {
        method: "PUT",
        url: put.url.clone(),
        headers: put.headers.iter().cloned().collect(),
        expires_at: expires_at.to_rfc3339(),
    });
    let upload = &created.upload;
    Created { id: upload.id.to_string(), state: upload.state.as_str(), request, links: links_of(upload) }
}

pub async fn upload(app: &App, read: UploadWithSteps) -> Result<Upload, Error> {
    let mut derivatives = Vec::new();
    for (step, job) in read.steps {
        derivatives.push(derivative(app, &read.upload, &step, job.as_ref()).await?);
    }
    Ok(Upload { summary: summary(read.upload), derivatives })
}

pub fn upload_page(page: Page) -> UploadPage {
    UploadPage { data: page.uploads.into_iter().map(summary).collect(), next_cursor: page.next }
}

pub fn job(job: &job::Job) -> Job {
    let Work::ImageStep(step) = &job.work;
    Job {
        id: job.id.to_string(),
        kind: "image_step",
        state: job.state.as_str(),
        attempts: job.attempts,
        due_at: job.due_at.map(|at| at.to_rfc3339()),
        failure: job.failure.as_ref().map(failure),
        timeline: job.timeline.iter().map(attempt).collect(),
        created_at: job.accepted_at.to_rfc3339(),
        updated_at: job.updated_at.to_rfc3339(),
        links: BTreeMap::from([
            ("self", format!("/v1/jobs/{}", job.id)),
            ("upload", format!("/v1/uploads/{}", step.upload)),
        ]),
    }
}

async fn derivative(
    app: &App,
    upload: &Row,
    step: &Step,
    job: Option<&job::Job>,
) -> Result<Derivative, Error> {
    let product = job.and_then(|job| job.product.as_ref());
    let url = match job {
        Some(job) if product.is_some() => {
            let Work::ImageStep(work) = &job.work;
            let key = work.derived_key(&upload.tenant);
            Some(app.bucket.sign_get(&key, app.clock.now(), DOWNLOAD_LIFE).await?)
        }
        _ => None,
    };
    Ok(Derivative {
        name: step.name.clone(),
        state: derivative_state(upload, step, job),
        format: product.map(|product| product.format),
        width: product.map(|product| product.width),
        height: product.map(|product| product.height),
        size_bytes: product.map(|product| product.size_bytes),
        url,
        failure: job.and_then(|job| job.failure.as_ref()).map(failure),
        links: job.map(|job| ("job", format!("/v1/jobs/{}", job.id))).into_iter().collect(),
    })
}

/// A job that failed for good is removed some day; the upload remembers how its steps ended.
fn derivative_state(upload: &Row, step: &Step, job: Option<&job::Job>) -> &'static str {
    match job {
        Some(job) => job.state.as_str(),
        None if upload.failed.contains(&step.name) => job::State::Dead.as_str(),
        None => "pending",
    }
}

fn summary(upload: Row) -> Summary {
    Summary {
        links: links_of(&upload),
        id: upload.id.to_string(),
        state: upload.state.as_str(),
        filename: upload.filename,
        content_type: upload.content_type,
        size_bytes: upload.size_bytes,
        image: upload.image,
        rejection: upload.rejection,
        created_at: upload.created_at.to_rfc3339(),
        updated_at: upload.updated_at.to_rfc3339(),
    }
}

fn links_of(upload: &Row) -> Links {
    Links { own: format!("/v1/uploads/{}", upload.id) }
}

fn failure(failure: &job::Failure) -> Failure {
    Failure { code: failure.code.clone(), detail: failure.detail.clone() }
}

fn attempt(attempt: &job::Attempt) -> Attempt {
    Attempt { run: attempt.epoch, outcome: attempt.code.clone(), ended_at: attempt.ended_at.to_rfc3339() }
}
