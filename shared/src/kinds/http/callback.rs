//! Callbacks: calls that follow the end of a job, with its outcome as their body.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Body, Call, Http, HttpRequest};
use crate::clock::Timestamp;
use crate::error::FieldError;
use crate::id::JobId;
use crate::job::{Job, Parent, ParentKind, State};
use crate::kinds::Output;
use crate::outbound::headers::CHOSEN_HEADERS_MAX;
use crate::outbound::target::URL_CHARS_MAX;

/// A URL to call when the job has ended.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "JobCallback")]
pub struct Callback {
    /// An `https` or `http` URL of a public address. It is sent the outcome of the job, as JSON, by `POST`.
    #[schemars(length(max = URL_CHARS_MAX), example = &"https://app.example.com/hooks/jobs")]
    pub url: String,
    /// Headers to send with the request, such as `Authorization`. They are never shown.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = CHOSEN_HEADERS_MAX))]
    pub headers: BTreeMap<String, String>,
}

/// The callbacks of a job, as they are stored: calls whose body is still to come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Callbacks {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_success: Option<Call>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<Call>,
}

/// The end of a job that a callback is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    Success,
    /// The job is dead, expired or paused.
    Failure,
}

impl Callback {
    /// Everything that is wrong with it, by pointers below `base`.
    pub fn field_errors(&self, base: &str) -> Vec<FieldError> {
        self.request().field_errors(base)
    }

    pub fn request(&self) -> HttpRequest {
        HttpRequest {
            url: self.url.clone(),
            method: None,
            headers: self.headers.clone(),
            body: None,
            body_base64: None,
            json: None,
            success: Vec::new(),
            final_statuses: None,
            keep: Default::default(),
        }
    }
}

impl Callbacks {
    pub fn is_none(&self) -> bool {
        self.on_success.is_none() && self.on_failure.is_none()
    }
}

impl Occasion {
    /// The occasion that a change of a job is; `None` if nobody asked to be called then. A cancelled job is none: whoever
    /// cancelled it knows.
    pub fn of(old: Option<&Job>, new: &Job) -> Option<Self> {
        let callbacks = new.submission.as_ref()?.callbacks;
        let is_new = Job::has_ended(old, new) || Job::has_paused(old, new);
        match new.state {
            State::Succeeded if callbacks.on_success && is_new => Some(Self::Success),
            State::Dead | State::Expired | State::Paused if callbacks.on_failure && is_new => {
                Some(Self::Failure)
            }
            _ => None,
        }
    }

    /// Stored, in the names of callbacks; it never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "on_success",
            Self::Failure => "on_failure",
        }
    }
}

/// The id of the job that calls back. It derives from the end that it is of, so that the same end is told of once, and a
/// later one again.
pub fn id_of(job: &Job, occasion: Occasion) -> JobId {
    let accepted_at = job.accepted_at.as_millis().to_string();
    let (epoch, dispatch) = (job.epoch.to_string(), job.dispatch.to_string());
    let end = [accepted_at.as_str(), &epoch, &dispatch, occasion.as_str()];
    JobId::derived(&[&[job.tenant.as_str(), "callback", job.id.as_str()][..], &end].concat())
}

/// The job that calls back, now that `job` has ended or paused; `None` if there is nothing to call.
pub fn job_of(job: &Job, input: &Http, occasion: Occasion, now: Timestamp) -> Option<Job> {
    let call = match occasion {
        Occasion::Success => input.callbacks.on_success.as_ref()?,
        Occasion::Failure => input.callbacks.on_failure.as_ref()?,
    };
    let call = Call { body: Body::Json(outcome(job).to_string()), ..call.clone() };
    let input = Http { call, callbacks: Callbacks::default() }.to_input();
    let name = job.kind.clone();
    let callback = Job::accept(job.tenant.clone(), id_of(job, occasion), name, input, now);
    let parent = Parent {
        kind: ParentKind::Job,
        id: job.id.to_string(),
        at: Some(job.accepted_at),
        step: occasion.as_str().to_owned(),
    };
    Some(Job { parent: Some(parent), request_id: job.request_id.clone(), ..callback })
}

/// The body of a callback: an event, in the form of Standard Webhooks.
fn outcome(job: &Job) -> Value {
    let submission = job.submission.clone().unwrap_or_default();
    let mut data = json!({
        "job": job.id.as_str(),
        "kind": job.kind.as_str(),
        "state": job.state.as_str(),
        "attempts": job.attempts,
        "tags": submission.tags,
        "metadata": submission.metadata,
    });
    if let Some(Output::Http(answer)) = Output::of(job) {
        data["output"] = json!(answer);
    }
    if let (Some(failure), true) = (&job.failure, job.state != State::Succeeded) {
        data["failure"] = json!({ "code": failure.code, "detail": failure.detail, "status": failure.status });
    }
    json!({ "type": format!("job.{}", job.state.as_str()), "timestamp": job.updated_at.to_rfc3339(), "data": data })
}

/// A URL may hold a secret, as headers do.
impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback(hidden)")
    }
}
