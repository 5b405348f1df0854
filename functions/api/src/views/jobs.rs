//! Jobs.

use schemars::JsonSchema;
use serde::Serialize;
use shared::checksum::CHECKSUM_STEP;
use shared::job::{self, ParentKind};
use shared::upload::ParentKey;

use super::codes::{FailureCode, JobKind, JobOutcome};
use super::time::Time;

/// A piece of background work: a step of a recipe, or the verification of a file's checksum.
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
    /// How many attempts ended with an outcome. An attempt that crashed has none.
    attempts: u32,
    /// The job does not run before this; absent unless it waits for another attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Time>,
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
}

/// How an attempt ended.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "JobAttempt")]
struct Attempt {
    /// Counts all attempts of the job, those that crashed among them.
    #[schemars(example = 1)]
    run: u32,
    outcome: JobOutcome,
    ended_at: Time,
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
}

impl Failure {
    /// The failure of a step that is skipped, because the one that it works on failed.
    pub fn of_source(name: &str) -> Self {
        Self { code: "source_failed".into(), detail: format!("the step {name}, which it works on, failed") }
    }
}

pub fn job(job: &job::Job) -> Job {
    let key = ParentKey::of_job(job);
    let run = key.as_ref().and_then(|key| key.run);
    let upload_path = key.as_ref().map(|key| format!("/v1/uploads/{}", key.upload));
    // The import and the verification of a checksum are no steps of the recipe.
    let parent = job.parent.as_ref().filter(|parent| parent.kind != ParentKind::Import);
    let step = parent.map(|parent| parent.step.as_str()).filter(|step| *step != CHECKSUM_STEP);
    Job {
        id: job.id.to_string(),
        kind: job.kind.as_str().into(),
        state: job.state,
        upload: key.as_ref().map(|key| key.upload.to_string()),
        run,
        step: step.map(str::to_owned),
        attempts: job.attempts,
        due_at: job.due_at.map(Time),
        failure: job.failure.as_ref().map(failure),
        timeline: job.timeline.iter().map(attempt).collect(),
        created_at: job.accepted_at.into(),
        updated_at: job.updated_at.into(),
        links: Links {
            own: format!("/v1/jobs/{}", job.id),
            run: upload_path.as_ref().zip(run).map(|(upload, run)| format!("{upload}/runs/{run}")),
            upload: upload_path,
        },
    }
}

pub fn failure(failure: &job::Failure) -> Failure {
    Failure { code: failure.code.as_str().into(), detail: failure.detail.clone() }
}

fn attempt(attempt: &job::Attempt) -> Attempt {
    Attempt { run: attempt.epoch, outcome: attempt.code.as_str().into(), ended_at: attempt.ended_at.into() }
}
