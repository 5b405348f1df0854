//! Jobs that are submitted together.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::error::Result;
use shared::operations::jobs::{BATCH_JOBS_MAX, SubmittedJob};
use shared::submission::JobRequest;

use super::jobs::{Job, job};
use crate::problem::{self, Problem};

/// The body of `POST /v1/jobs/batch`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobBatchRequest {
    /// Each is accepted or refused by itself.
    #[schemars(schema_with = "jobs_schema")]
    pub jobs: Vec<Value>,
}

/// The outcome of each job, in the order of the request.
#[derive(Debug, Serialize, JsonSchema)]
pub struct JobBatch {
    pub data: Vec<JobBatchEntry>,
}

/// The outcome of one job of a batch.
#[derive(Debug, Serialize, JsonSchema)]
pub struct JobBatchEntry {
    /// The status that `POST /v1/jobs` would have: 202 if the job was accepted.
    #[schemars(example = 202)]
    status: u16,
    /// The job, if it was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<Job>,
    /// Whether an earlier request under the same key submitted it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    replayed: bool,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<problem::Document>,
}

impl JobBatchEntry {
    pub fn of(outcome: Result<SubmittedJob>, request_id: &str) -> Self {
        match outcome {
            Ok(submitted) => Self {
                status: 202,
                job: Some(job(&submitted.job)),
                replayed: submitted.replayed,
                problem: None,
            },
            Err(error) => {
                let problem = Problem::from(error);
                let status = problem.code.status().as_u16();
                Self { status, job: None, replayed: false, problem: Some(problem.document(request_id)) }
            }
        }
    }
}

fn jobs_schema(generator: &mut SchemaGenerator) -> Schema {
    let job = generator.subschema_for::<JobRequest>();
    schemars::json_schema!({ "type": "array", "items": job, "minItems": 1, "maxItems": BATCH_JOBS_MAX })
}
