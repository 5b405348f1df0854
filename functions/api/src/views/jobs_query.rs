//! The parameters of reads of jobs.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use shared::error::{FieldError, Rejected};
use shared::job::State;
use shared::operations::jobs::JobFilter;
use shared::submission::TAG_CHARS_MAX;

use super::listing::Limit;
use super::time::Time;

const STATES: [State; 8] = [
    State::Queued,
    State::Waiting,
    State::Running,
    State::Paused,
    State::Succeeded,
    State::Dead,
    State::Cancelled,
    State::Expired,
];

const STATE_NAMES: &[&str; 8] =
    &["queued", "waiting", "running", "paused", "succeeded", "dead", "cancelled", "expired"];

/// The parameters of the listing of jobs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobsQuery {
    /// The `next_cursor` of the page before. Works only with the same filters.
    #[serde(default)]
    pub cursor: Option<String>,
    /// The most jobs that a page has.
    #[serde(default)]
    pub limit: Limit,
    /// Lists only jobs that were submitted at this time or later.
    #[serde(default)]
    created_from: Option<Time>,
    /// Lists only jobs that were submitted earlier.
    #[serde(default)]
    created_before: Option<Time>,
    /// Lists only jobs in one of these states, with commas between them. With this or `tag`, a page is found among at most 500 jobs, so it may
    /// be short or empty while there is a `next_cursor`.
    #[serde(default)]
    state: StateFilter,
    /// Lists only jobs that have this tag.
    #[serde(default)]
    #[schemars(length(min = 1, max = TAG_CHARS_MAX))]
    tag: Option<String>,
}

/// The parameters of a read of one job.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobQuery {
    /// `input` adds the request that the job sends, without its headers.
    #[serde(default)]
    include: Option<Include>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Include {
    Input,
}

impl JobsQuery {
    /// Fails for a tag that no job can have.
    pub fn filter(&self) -> Result<JobFilter, Rejected> {
        let fits = |tag: &String| (1..=TAG_CHARS_MAX).contains(&tag.chars().count());
        if !self.tag.as_ref().is_none_or(fits) {
            let detail = format!("must be 1 to {TAG_CHARS_MAX} characters");
            return Err(Rejected::Invalid { errors: vec![FieldError::new("/tag", detail)] });
        }
        Ok(JobFilter {
            created_from: self.created_from.map(|time| time.0),
            created_before: self.created_before.map(|time| time.0),
            states: self.state.0.clone(),
            tag: self.tag.clone(),
        })
    }
}

impl JobQuery {
    pub fn includes_input(&self) -> bool {
        self.include == Some(Include::Input)
    }
}

/// States, with commas between them.
#[derive(Debug, Default)]
struct StateFilter(Vec<State>);

impl<'de> Deserialize<'de> for StateFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let named = |name: &str| STATES.into_iter().find(|state| state.as_str() == name.trim());
        let unknown = |name: &str| D::Error::unknown_variant(name, STATE_NAMES);
        text.split(',')
            .map(|name| named(name).ok_or_else(|| unknown(name)))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl JsonSchema for StateFilter {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "JobStateFilter".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "array", "items": { "type": "string", "enum": STATE_NAMES }, "minItems": 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_states_are_those_of_the_states() {
        assert_eq!(STATES.map(State::as_str), *STATE_NAMES);
    }
}
