//! The retry plan that a submitted job may bring along.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::jitter;
use crate::error::FieldError;
use crate::id::JobId;

/// A job is tried at most this often.
pub const ATTEMPTS_MAX: u32 = 100;

/// A job waits at most this long for its next attempt: a week.
pub const WAIT_SECONDS_MAX: u32 = 7 * 24 * 60 * 60;

/// All waits of a plan together take at most this long: 31 days.
pub const WAITS_TOTAL_SECONDS_MAX: u32 = 31 * 24 * 60 * 60;

const FACTOR_MAX: u32 = 10;

/// No attempt of a job with full jitter comes sooner than this after the one before.
const WAIT_MIN: Duration = Duration::from_secs(1);

const ATTEMPTS: u32 = 8;
const DELAY_SECONDS: u32 = 5;
const FACTOR: u32 = 3;
const MAX_DELAY_SECONDS: u32 = 60 * 60;

/// When a job is tried again. Without any of this, 8 attempts are made within about two hours. Each delay is drawn at random
/// between a second and what the plan says, so that jobs that failed together do not come again together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RetryPlan")]
pub struct Plan {
    /// How many attempts are made at most. Default: 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = ATTEMPTS_MAX), example = 8)]
    pub attempts: Option<u32>,
    /// How the delay grows from attempt to attempt. Default: `exponential`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backoff: Option<Backoff>,
    /// The delay after the first attempt. Default: 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = WAIT_SECONDS_MAX), example = 5)]
    pub delay_seconds: Option<u32>,
    /// With `exponential`, each delay is this many times the one before. Default: 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = FACTOR_MAX))]
    pub factor: Option<u32>,
    /// No delay is longer, that of a `Retry-After` included. Default: 3,600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = WAIT_SECONDS_MAX))]
    pub max_delay_seconds: Option<u32>,
    /// The delays themselves, instead of `attempts`, `backoff`, `delay_seconds` and `factor`. They are kept to, without jitter, and one
    /// attempt more is made than there are delays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = ATTEMPTS_MAX - 1), inner(range(min = 1, max = WAIT_SECONDS_MAX)))]
    pub delays_seconds: Vec<u32>,
    /// No attempt begins later than this after the job was accepted, or after its `run_at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = WAITS_TOTAL_SECONDS_MAX))]
    pub max_age_seconds: Option<u32>,
    /// The state of the job after its last attempt. Default: `dead`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_exhausted: Option<WhenExhausted>,
}

/// How delays grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Backoff {
    /// Each delay is `factor` times the one before.
    Exponential,
    /// Each delay is `delay_seconds` longer than the one before.
    Linear,
}

/// The state of a job that was tried as often as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhenExhausted {
    /// It ends as `dead`.
    Dead,
    /// It stays `paused` until somebody retries or cancels it.
    Paused,
}

impl Plan {
    /// The plan of a job that brought none.
    pub const DEFAULT: Self = Self {
        attempts: None,
        backoff: None,
        delay_seconds: None,
        factor: None,
        max_delay_seconds: None,
        delays_seconds: Vec::new(),
        max_age_seconds: None,
        when_exhausted: None,
    };

    pub fn attempts(&self) -> u32 {
        match u32::try_from(self.delays_seconds.len()) {
            Ok(0) => self.attempts.unwrap_or(ATTEMPTS),
            Ok(delays) => delays.saturating_add(1),
            Err(_) => ATTEMPTS_MAX,
        }
    }

    pub fn pauses_when_exhausted(&self) -> bool {
        self.when_exhausted == Some(WhenExhausted::Paused)
    }

    pub fn max_age(&self) -> Option<Duration> {
        self.max_age_seconds.map(seconds)
    }

    /// The wait after the `failures`-th recorded failure, with its jitter; `None` when the job has had its last try.
    pub fn wait_after(&self, job: &JobId, failures: u32) -> Option<Duration> {
        (failures < self.attempts()).then(|| self.wait(job, failures))
    }

    /// The wait after so many failures, however many there may be.
    pub fn wait(&self, job: &JobId, failures: u32) -> Duration {
        let most = self.most(failures);
        if !self.delays_seconds.is_empty() {
            return most;
        }
        let part = jitter(most.saturating_sub(WAIT_MIN), &[job.as_str(), &failures.to_string()]);
        WAIT_MIN + part
    }

    /// A wait that a server asked for, no longer than the plan allows.
    pub fn at_most(&self, asked: Duration) -> Duration {
        asked.min(self.cap())
    }

    /// The longest that the wait after the `failures`-th failure may be.
    fn most(&self, failures: u32) -> Duration {
        let earlier = failures.saturating_sub(1);
        if let Some(last) = self.delays_seconds.last() {
            let listed = usize::try_from(earlier).ok().and_then(|index| self.delays_seconds.get(index));
            return seconds(*listed.unwrap_or(last));
        }
        let first = self.delay_seconds.unwrap_or(DELAY_SECONDS);
        let wait = match self.backoff.unwrap_or(Backoff::Exponential) {
            Backoff::Exponential => {
                let factor = self.factor.unwrap_or(FACTOR);
                first.saturating_mul(factor.saturating_pow(earlier))
            }
            Backoff::Linear => first.saturating_mul(earlier.saturating_add(1)),
        };
        seconds(wait).clamp(WAIT_MIN, self.cap())
    }

    fn cap(&self) -> Duration {
        seconds(self.max_delay_seconds.unwrap_or(MAX_DELAY_SECONDS))
            .clamp(WAIT_MIN, seconds(WAIT_SECONDS_MAX))
    }

    /// Everything that is wrong with the plan, by pointers below `base`.
    pub fn field_errors(&self, base: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut range = |name: &str, value: Option<u32>, max: u32| {
            if value.is_some_and(|value| !(1..=max).contains(&value)) {
                errors.push(FieldError::new(format!("{base}/{name}"), format!("must be 1 to {max}")));
            }
        };
        range("attempts", self.attempts, ATTEMPTS_MAX);
        range("delay_seconds", self.delay_seconds, WAIT_SECONDS_MAX);
        range("factor", self.factor, FACTOR_MAX);
        range("max_delay_seconds", self.max_delay_seconds, WAIT_SECONDS_MAX);
        range("max_age_seconds", self.max_age_seconds, WAITS_TOTAL_SECONDS_MAX);
        for (index, delay) in self.delays_seconds.iter().enumerate() {
            range(&format!("delays_seconds/{index}"), Some(*delay), WAIT_SECONDS_MAX);
        }
        let mut refuse = |name: &str, detail: String| {
            errors.push(FieldError::new(format!("{base}/{name}"), detail));
        };
        if self.delays_seconds.len() >= ATTEMPTS_MAX as usize {
            refuse("delays_seconds", format!("must be at most {} delays", ATTEMPTS_MAX - 1));
        }
        if !self.delays_seconds.is_empty() {
            let others = [
                ("attempts", self.attempts.is_some()),
                ("backoff", self.backoff.is_some()),
                ("delay_seconds", self.delay_seconds.is_some()),
                ("factor", self.factor.is_some()),
            ];
            for (name, _) in others.into_iter().filter(|(_, is_set)| *is_set) {
                refuse(name, "must be left out, because delays_seconds says it all".to_owned());
            }
        } else if self.backoff == Some(Backoff::Linear) && self.factor.is_some() {
            refuse("factor", "must be left out, because the backoff is linear".to_owned());
        }
        if errors.is_empty() && self.total() > seconds(WAITS_TOTAL_SECONDS_MAX) {
            let detail =
                format!("all delays together must be at most {WAITS_TOTAL_SECONDS_MAX} seconds (31 days)");
            errors.push(FieldError::new(base, detail));
        }
        errors
    }

    /// The time that all waits take at most.
    fn total(&self) -> Duration {
        (1..self.attempts().min(ATTEMPTS_MAX)).map(|failures| self.most(failures)).sum()
    }
}

const fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> JobId {
        JobId::derived(&["a"])
    }

    fn plan(json: serde_json::Value) -> Plan {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_wait_is_between_a_second_and_the_plans_delay_and_is_reproducible() {
        for failures in 1..8 {
            let wait = Plan::DEFAULT.wait_after(&job(), failures).unwrap();
            let most = Duration::from_secs([5, 15, 45, 135, 405, 1215, 3600][failures as usize - 1]);
            assert!(wait >= Duration::from_secs(1) && wait <= most, "{failures}: {wait:?}");
            assert_eq!(Plan::DEFAULT.wait_after(&job(), failures), Some(wait));
        }
        assert_eq!(Plan::DEFAULT.wait_after(&job(), 8), None);
    }

    #[test]
    fn waits_of_different_jobs_are_spread_over_the_whole_delay() {
        let waits = (0..200).map(|id| Plan::DEFAULT.wait(&JobId::derived(&[&id.to_string()]), 6).as_secs());
        let (early, late) = waits.partition::<Vec<_>, _>(|wait| *wait < 600);
        assert!(early.len() > 60 && late.len() > 60, "{} early, {} late", early.len(), late.len());
    }

    #[test]
    fn listed_delays_are_kept_to_and_one_attempt_more_is_made() {
        let listed = plan(serde_json::json!({ "delays_seconds": [10, 60, 7200] }));
        let waits: Vec<_> = (1..=4).map(|failures| listed.wait_after(&job(), failures)).collect();
        let expected = [Some(10), Some(60), Some(7200), None].map(|wait| wait.map(Duration::from_secs));
        assert_eq!(waits, expected);
    }

    #[test]
    fn a_linear_delay_grows_by_its_first() {
        let linear = plan(serde_json::json!({ "backoff": "linear", "delay_seconds": 10 }));
        assert_eq!([1, 2, 3].map(|failures| linear.most(failures).as_secs()), [10, 20, 30]);
    }

    #[test]
    fn every_valid_plan_waits_a_finite_time_after_any_number_of_failures() {
        let plans = [
            plan(serde_json::json!({ "factor": 10, "delay_seconds": 604_800, "max_delay_seconds": 604_800 })),
            plan(
                serde_json::json!({ "backoff": "linear", "delay_seconds": 604_800, "max_delay_seconds": 604_800 }),
            ),
            plan(serde_json::json!({ "factor": 1, "delay_seconds": 1, "max_delay_seconds": 1 })),
            Plan::DEFAULT,
        ];
        for plan in plans {
            for failures in [0, 1, 2, 31, 32, 100, u32::MAX] {
                let wait = plan.wait(&job(), failures);
                assert!(
                    (WAIT_MIN..=seconds(WAIT_SECONDS_MAX)).contains(&wait),
                    "{plan:?}, {failures}: {wait:?}"
                );
            }
        }
    }

    #[test]
    fn everything_wrong_with_a_plan_is_named() {
        let pointers = |json| -> Vec<String> {
            plan(json).field_errors("/retry").into_iter().map(|error| error.pointer).collect()
        };
        assert_eq!(
            pointers(serde_json::json!({ "attempts": 0, "factor": 11, "delay_seconds": 604_801 })),
            ["/retry/attempts", "/retry/delay_seconds", "/retry/factor"]
        );
        let both = serde_json::json!({ "delays_seconds": [1, 0], "attempts": 3 });
        assert_eq!(pointers(both), ["/retry/delays_seconds/1", "/retry/attempts"]);
        let years =
            serde_json::json!({ "attempts": 100, "delay_seconds": 604_800, "max_delay_seconds": 604_800 });
        assert_eq!(pointers(years), ["/retry"]);
        assert!(pointers(serde_json::json!({})).is_empty());
    }
}
