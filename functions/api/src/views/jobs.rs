//! Jobs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use shared::job;
use shared::upload::ParentKey;

use super::time::Time;

/// One step of a recipe, carried out on an upload, or the verification of its checksum.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Job {
    #[schemars(example = &"job_0x63btzp3agp08j8m7d04ch2gm")]
    id: String,
    #[schemars(example = &"image_step")]
    kind: String,
    state: job::State,
    /// Outcomes that were recorded; a run that crashed has none.
    attempts: u32,
    /// Not tried again before this.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    /// How the latest attempts ended, oldest first.
    #[schemars(length(max = job::TIMELINE_LENGTH_MAX))]
    timeline: Vec<Attempt>,
    created_at: Time,
    updated_at: Time,
    links: BTreeMap<&'static str, String>,
}

/// Why the latest attempt failed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Failure {
    /// Stable: what a program should look at.
    #[schemars(example = &"storage_unavailable")]
    code: String,
    detail: String,
}

/// How a run ended.
#[derive(Debug, Serialize, JsonSchema)]
struct Attempt {
    run: u32,
    /// `succeeded`, or the code of the failure.
    #[schemars(example = &"succeeded")]
    outcome: String,
    ended_at: Time,
}

impl Failure {
    /// Of a step that was not carried out, because the one that it works on was not.
    pub fn of_source(name: &str) -> Self {
        Self {
            code: "source_failed".to_owned(),
            detail: format!("the step {name}, which it works on, failed"),
        }
    }
}

pub fn job(job: &job::Job) -> Job {
    Job {
        id: job.id.to_string(),
        kind: job.kind.as_str().to_owned(),
        state: job.state,
        attempts: job.attempts,
        due_at: job.due_at.map(Time),
        failure: job.failure.as_ref().map(failure),
        timeline: job.timeline.iter().map(attempt).collect(),
        created_at: job.accepted_at.into(),
        updated_at: job.updated_at.into(),
        links: links(job),
    }
}

fn links(job: &job::Job) -> BTreeMap<&'static str, String> {
    let mut links = BTreeMap::from([("self", format!("/v1/jobs/{}", job.id))]);
    if let Some(key) = ParentKey::of_job(job) {
        links.insert("upload", format!("/v1/uploads/{}", key.upload));
        let run = |run| format!("/v1/uploads/{}/runs/{run}", key.upload);
        links.extend(key.run.map(|number| ("run", run(number))));
    }
    links
}

pub fn failure(failure: &job::Failure) -> Failure {
    Failure { code: failure.code.clone(), detail: failure.detail.clone() }
}

fn attempt(attempt: &job::Attempt) -> Attempt {
    Attempt { run: attempt.epoch, outcome: attempt.code.clone(), ended_at: attempt.ended_at.into() }
}
