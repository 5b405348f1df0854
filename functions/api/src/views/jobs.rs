//! Jobs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use shared::checksum::CHECKSUM_STEP;
use shared::job::{self, ParentKind, State};
use shared::kinds::Output;
use shared::kinds::http::{Answer, Http};
use shared::upload::ParentKey;

use super::codes::{FailureCode, JobKind, JobOutcome};
use super::job_io::{HttpInput, HttpOutput};
use super::time::Time;
use super::waits_for::WaitsFor;

/// A piece of background work: a request that was submitted, a step of a recipe, or other work for an upload.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Job {
    #[schemars(example = &"job_0x63btzp3agp08j8m7d04ch2gm")]
    id: String,
    kind: JobKind,
    state: job::State,
    /// The id of the upload that it works on; absent if it works on none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"upl_54df63zb7rnrnrnk8bhknq46c5")]
    upload: Option<String>,
    /// The number of the run that it belongs to; absent if it belongs to the upload itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 1)]
    run: Option<u32>,
    /// The name of the recipe's step; absent if it is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"thumb")]
    step: Option<String>,
    /// The id of the job whose end it tells of; absent if it is no callback.
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_of: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
    /// How many attempts ended with an outcome. An attempt that crashed has none.
    attempts: u32,
    /// Why it does not run now; absent if it runs, or has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_for: Option<WaitsFor>,
    /// The job does not run before this; absent unless it waits for its time, or for another attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Time>,
    /// The job expires if it has not begun by then; absent once it has, or if it does not expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Time>,
    /// Set while an attempt runs that is the last, because the job was cancelled.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cancel_requested: bool,
    /// The request that it sends. Only there if it is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<HttpInput>,
    /// The parts of the response that it was to keep, once it has succeeded. A listing shows the status alone of a long one.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<HttpOutput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    /// The latest attempts, oldest first.
    #[schemars(length(max = job::TIMELINE_LENGTH_MAX))]
    timeline: Vec<Attempt>,
    created_at: Time,
    updated_at: Time,
    links: Links,
}

/// Why the latest attempt failed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Failure {
    code: FailureCode,
    /// For people.
    detail: String,
    /// The status of the HTTP response that was a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
}

/// How an attempt ended.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "JobAttempt")]
struct Attempt {
    /// Counts all attempts of the job, those that crashed among them.
    #[schemars(example = 1)]
    run: u32,
    outcome: JobOutcome,
    /// The status of the HTTP response.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    ended_at: Time,
    /// How long it took. This and the next are kept of submitted jobs.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<u64>,
    /// How long the job waits, or waited, for the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "JobLinks")]
struct Links {
    #[serde(rename = "self")]
    #[schemars(example = &"/v1/jobs/job_0x63btzp3agp08j8m7d04ch2gm")]
    own: String,
    /// The upload that it works on.
    #[serde(skip_serializing_if = "Option::is_none")]
    upload: Option<String>,
    /// The run that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<String>,
    /// Cancels it, unless it has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel: Option<String>,
    /// Runs it again, once it has ended, is paused, or waits for another attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry: Option<String>,
}

impl Failure {
    /// The failure of a step that is skipped, because the one that it works on failed.
    pub fn of_source(name: &str) -> Self {
        let detail = format!("the step {name}, which it works on, failed");
        Self { code: "source_failed".into(), detail, status: None }
    }
}

/// The path of the job.
pub fn location(job: &job::Job) -> String {
    format!("/v1/jobs/{}", job.id)
}

pub fn job(job: &job::Job) -> Job {
    let key = ParentKey::of_job(job);
    let run = key.as_ref().and_then(|key| key.run);
    let upload_path = key.as_ref().map(|key| format!("/v1/uploads/{}", key.upload));
    let is_of = |kinds: &[ParentKind]| job.parent.as_ref().filter(|parent| kinds.contains(&parent.kind));
    // The import and the verification of a checksum are no steps of the recipe.
    let step = is_of(&[ParentKind::Upload, ParentKind::Run]).map(|parent| parent.step.as_str());
    let step = step.filter(|step| *step != CHECKSUM_STEP);
    let submission = job.submission.clone().unwrap_or_default();
    let output = match Output::of(job).filter(|_| job.state == State::Succeeded) {
        Some(Output::Http(answer)) => Some(HttpOutput::of(answer)),
        _ => None,
    };
    Job {
        id: job.id.to_string(),
        kind: job.kind.as_str().into(),
        state: job.state,
        upload: key.as_ref().map(|key| key.upload.to_string()),
        run,
        step: step.map(str::to_owned),
        callback_of: is_of(&[ParentKind::Job]).map(|parent| parent.id.clone()),
        tags: submission.tags,
        metadata: submission.metadata,
        attempts: job.attempts,
        waits_for: WaitsFor::of(job),
        due_at: job.due_at.map(Time),
        expires_at: job.start_by.filter(|_| job.epoch == 0 && !job.state.is_final()).map(Time),
        cancel_requested: job.cancel_requested,
        input: None,
        output,
        failure: job.failure.as_ref().map(failure),
        timeline: job.timeline.iter().map(attempt).collect(),
        created_at: job.accepted_at.into(),
        updated_at: job.updated_at.into(),
        links: links(job, upload_path, run),
    }
}

fn links(job: &job::Job, upload: Option<String>, run: Option<u32>) -> Links {
    let own = location(job);
    let is_submitted = job.submission.is_some();
    let is_retryable =
        job.state.is_final() || job.state == State::Paused || WaitsFor::of(job) == Some(WaitsFor::Retry);
    let link = |verb: &str, is_shown: bool| is_shown.then(|| format!("{own}/{verb}"));
    Links {
        run: upload.as_ref().zip(run).map(|(upload, run)| format!("{upload}/runs/{run}")),
        upload,
        cancel: link("cancel", is_submitted && !job.state.is_final() && !job.cancel_requested),
        retry: link("retry", is_submitted && is_retryable),
        own,
    }
}

impl Job {
    pub fn with_input(self, input: Option<Http>) -> Self {
        Self { input: input.map(|input| HttpInput::of(input.call)), ..self }
    }

    /// With its output, wherever that is stored.
    pub fn with_output(self, output: Option<Answer>) -> Self {
        Self { output: output.map(HttpOutput::of).or(self.output), ..self }
    }
}

pub fn failure(failure: &job::Failure) -> Failure {
    Failure { code: failure.code.as_str().into(), detail: failure.detail.clone(), status: failure.status }
}

fn attempt(attempt: &job::Attempt) -> Attempt {
    Attempt {
        run: attempt.epoch,
        outcome: attempt.code.as_str().into(),
        status: attempt.status,
        ended_at: attempt.ended_at.into(),
        duration_ms: attempt.ms,
        delay_ms: attempt.wait_ms,
    }
}
