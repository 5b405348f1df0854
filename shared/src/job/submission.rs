use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::retry::Plan;

/// The choices of the client that submitted a job. Jobs that Millrace puts for itself have none. Attribute names are data:
/// they never change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// Names the request: another one under the same `Idempotency-Key` is refused.
    pub fingerprint: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Plan>,
    /// When it was to run; absent if at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_at: Option<Timestamp>,
    /// How long one attempt may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// The ends of the job that somebody is told of.
    #[serde(default, skip_serializing_if = "Callbacks::is_none")]
    pub callbacks: Callbacks,
}

/// The ends of a job that a callback follows. The callbacks themselves are in the job's input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callbacks {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_success: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_failure: bool,
}

impl Submission {
    pub fn plan(&self) -> &Plan {
        const DEFAULT: &Plan = &Plan::DEFAULT;
        self.retry.as_ref().unwrap_or(DEFAULT)
    }
}

impl Callbacks {
    fn is_none(&self) -> bool {
        *self == Self::default()
    }
}
