//! The request for a job, parsed into something that cannot be wrong.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::error::FieldError;
use crate::idempotency::{IdempotencyKey, KEY_CHARS_MAX, fingerprint};
use crate::job::{Callbacks, Submission};
use crate::kinds::http::{Callback, HttpRequest, TIMEOUT_SECONDS_MAX};
use crate::retry::Plan;

/// A job is accepted at most this long before it is to run: a year.
pub const DELAY_SECONDS_MAX: u32 = 365 * 24 * 60 * 60;

pub const TAGS_MAX: usize = 8;
pub const TAG_CHARS_MAX: usize = 64;

pub const METADATA_ENTRIES_MAX: usize = 16;
pub const METADATA_NAME_CHARS_MAX: usize = 40;

/// All names and values together.
pub const METADATA_BYTES_MAX: usize = 1024;

/// The body of `POST /v1/jobs`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobRequest {
    pub kind: SubmittedKind,
    pub input: HttpRequest,
    /// As the header `Idempotency-Key`, which it must be the same as if both are there. In a batch, each job may have its own.
    #[serde(default, skip_serializing)]
    #[schemars(length(min = 1, max = KEY_CHARS_MAX), regex(pattern = "^[ -~]+$"))]
    pub idempotency_key: Option<String>,
    /// When to run the job, at most a year ahead. A time that has passed means at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"), example = &"2027-01-15T08:00:00.000Z")]
    pub run_at: Option<String>,
    /// How long to wait before the job is run, instead of `run_at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = DELAY_SECONDS_MAX))]
    pub delay_seconds: Option<u32>,
    /// When to try again after an attempt that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Plan>,
    /// How long one attempt may take. Default: 30.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = TIMEOUT_SECONDS_MAX))]
    pub timeout_seconds: Option<u32>,
    /// The job expires if its first attempt has not begun this long after it was to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = DELAY_SECONDS_MAX))]
    pub expires_after_seconds: Option<u32>,
    /// Calls a URL when the job has succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_success: Option<Callback>,
    /// Calls a URL when the job is dead, expired or paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<Callback>,
    /// Words to find the job by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = TAGS_MAX), inner(length(min = 1, max = TAG_CHARS_MAX)), example = &["billing"])]
    pub tags: Vec<String>,
    /// Texts that the job carries along, such as ids of your own. At most 1,024 bytes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = METADATA_ENTRIES_MAX))]
    pub metadata: BTreeMap<String, String>,
}

/// The kinds of jobs that can be submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubmittedKind {
    /// Sends an HTTP request.
    Http,
}

/// The body of `POST /v1/jobs/{id}/reschedule`: one of both.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reschedule {
    /// When to run the job, at most a year ahead. A time that has passed means at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"), example = &"2027-01-15T08:00:00.000Z")]
    pub run_at: Option<String>,
    /// How long to wait before the job is run, instead of `run_at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = DELAY_SECONDS_MAX))]
    pub delay_seconds: Option<u32>,
}

impl JobRequest {
    /// Everything that is wrong with it.
    pub fn field_errors(&self, now: Timestamp) -> Vec<FieldError> {
        let mut errors = self.input.field_errors("/input");
        errors.extend(time_errors(self.run_at.as_deref(), self.delay_seconds, now));
        errors.extend(self.retry.as_ref().map(|plan| plan.field_errors("/retry")).unwrap_or_default());
        let callbacks = [("/on_success", &self.on_success), ("/on_failure", &self.on_failure)];
        for (base, callback) in callbacks {
            errors.extend(callback.as_ref().map(|callback| callback.field_errors(base)).unwrap_or_default());
        }
        let mut check = |holds: bool, pointer: &str, detail: String| {
            if !holds {
                errors.push(FieldError::new(pointer, detail));
            }
        };
        let is_within = |value: Option<u32>, max: u32| value.is_none_or(|value| (1..=max).contains(&value));
        let range = |max: u32| format!("must be 1 to {max}");
        let is_key = |key: &str| IdempotencyKey::parse_plain(key).is_some();
        check(
            self.idempotency_key.as_deref().is_none_or(is_key),
            "/idempotency_key",
            format!("must be 1 to {KEY_CHARS_MAX} visible ASCII characters"),
        );
        check(
            is_within(self.timeout_seconds, TIMEOUT_SECONDS_MAX),
            "/timeout_seconds",
            range(TIMEOUT_SECONDS_MAX),
        );
        check(
            is_within(self.expires_after_seconds, DELAY_SECONDS_MAX),
            "/expires_after_seconds",
            range(DELAY_SECONDS_MAX),
        );
        check(self.tags.len() <= TAGS_MAX, "/tags", format!("must be at most {TAGS_MAX}"));
        for (index, tag) in self.tags.iter().enumerate().take(TAGS_MAX) {
            let fits =
                (1..=TAG_CHARS_MAX).contains(&tag.chars().count()) && !tag.chars().any(char::is_control);
            let detail = format!("must be 1 to {TAG_CHARS_MAX} characters without control characters");
            check(fits, &format!("/tags/{index}"), detail);
        }
        let names_fit = self.metadata.keys().all(|name| name.chars().count() <= METADATA_NAME_CHARS_MAX);
        let bytes: usize = self.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
        let fits = self.metadata.len() <= METADATA_ENTRIES_MAX && bytes <= METADATA_BYTES_MAX && names_fit;
        let detail = format!(
            "must be at most {METADATA_ENTRIES_MAX} entries with names of at most {METADATA_NAME_CHARS_MAX} characters, \
             {METADATA_BYTES_MAX} bytes together"
        );
        check(fits, "/metadata", detail);
        errors
    }

    /// When the job is to run; `None` if at once.
    pub fn due_at(&self, now: Timestamp) -> Option<Timestamp> {
        Some(due_at(self.run_at.as_deref(), self.delay_seconds, now)).filter(|due_at| *due_at > now)
    }

    pub fn expires_after(&self) -> Option<Duration> {
        self.expires_after_seconds.map(|seconds| Duration::from_secs(seconds.into()))
    }

    /// The same for two requests that mean the same.
    pub fn fingerprint(&self) -> String {
        fingerprint(self)
    }

    /// The part of the request that the job's row carries.
    pub fn submission(&self, now: Timestamp) -> Submission {
        Submission {
            fingerprint: self.fingerprint(),
            retry: self.retry.clone(),
            run_at: self.due_at(now),
            timeout_seconds: self.timeout_seconds,
            tags: self.tags.clone(),
            metadata: self.metadata.clone(),
            callbacks: Callbacks {
                on_success: self.on_success.is_some(),
                on_failure: self.on_failure.is_some(),
            },
        }
    }
}

impl Reschedule {
    /// Everything that is wrong with it.
    pub fn field_errors(&self, now: Timestamp) -> Vec<FieldError> {
        if self.run_at.is_none() && self.delay_seconds.is_none() {
            return vec![FieldError::new("/run_at", "is required, unless there is delay_seconds")];
        }
        time_errors(self.run_at.as_deref(), self.delay_seconds, now)
    }

    pub fn due_at(&self, now: Timestamp) -> Timestamp {
        due_at(self.run_at.as_deref(), self.delay_seconds, now).max(now)
    }
}

fn time_errors(run_at: Option<&str>, delay_seconds: Option<u32>, now: Timestamp) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let latest = now + Duration::from_secs(DELAY_SECONDS_MAX.into());
    match run_at.map(Timestamp::from_rfc3339) {
        Some(None) => errors.push(FieldError::new("/run_at", "must be a time such as 2027-01-15T08:00:00Z")),
        Some(Some(at)) if at > latest => {
            errors.push(FieldError::new("/run_at", "must be at most a year ahead"));
        }
        _ => {}
    }
    if delay_seconds.is_some_and(|seconds| seconds > DELAY_SECONDS_MAX) {
        let detail = format!("must be 0 to {DELAY_SECONDS_MAX} (a year)");
        errors.push(FieldError::new("/delay_seconds", detail));
    }
    if run_at.is_some() && delay_seconds.is_some() {
        errors.push(FieldError::new("/delay_seconds", "must be left out, because there is run_at"));
    }
    errors
}

fn due_at(run_at: Option<&str>, delay_seconds: Option<u32>, now: Timestamp) -> Timestamp {
    let at = run_at.and_then(Timestamp::from_rfc3339);
    at.unwrap_or(now + Duration::from_secs(delay_seconds.unwrap_or(0).into()))
}
