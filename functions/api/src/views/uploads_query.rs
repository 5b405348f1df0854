//! The parameters of a listing of uploads.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use shared::error::{FieldError, Rejected};
use shared::operations::uploads::UploadFilter;
use shared::upload::State;

use super::listing::Limit;
use super::time::Time;

/// A page with derivatives has at most this many uploads: each may have ten.
const LIMIT_WITH_DERIVATIVES_MAX: usize = 20;

/// The states that a reader can see.
const STATES: [State; 8] = [
    State::Pending,
    State::Received,
    State::Processing,
    State::Ready,
    State::Failed,
    State::Rejected,
    State::Expired,
    State::Aborted,
];

const STATE_NAMES: &[&str; 8] =
    &["pending", "received", "processing", "ready", "failed", "rejected", "expired", "aborted"];

/// The parameters of the listing of uploads.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadsQuery {
    /// The `next_cursor` of the page before. Works only with the same filters.
    #[serde(default)]
    pub cursor: Option<String>,
    /// The most uploads that a page has: 1 to 100, with `include` at most 20.
    #[serde(default)]
    pub limit: Limit,
    /// Lists only uploads that were created at this time or later.
    #[serde(default)]
    created_from: Option<Time>,
    /// Lists only uploads that were created earlier.
    #[serde(default)]
    created_before: Option<Time>,
    /// Lists only uploads in one of these states, with commas between them. A page is found among at most 200 uploads, so it may be short or empty
    /// while there is a `next_cursor`.
    #[serde(default)]
    state: StateFilter,
    /// `derivatives` adds each upload's derivatives.
    #[serde(default)]
    include: Option<Include>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Include {
    Derivatives,
}

impl UploadsQuery {
    pub fn filter(&self) -> UploadFilter {
        UploadFilter {
            created_from: self.created_from.map(|time| time.0),
            created_before: self.created_before.map(|time| time.0),
            states: self.state.0.clone(),
        }
    }

    /// Whether derivatives are asked for. Fails for a page that would have too many.
    pub fn includes_derivatives(&self) -> Result<bool, Rejected> {
        let includes = self.include == Some(Include::Derivatives);
        if includes && self.limit.as_usize() > LIMIT_WITH_DERIVATIVES_MAX {
            let detail = format!("must be 1 to {LIMIT_WITH_DERIVATIVES_MAX} with include");
            return Err(Rejected::Invalid { errors: vec![FieldError::new("/limit", detail)] });
        }
        Ok(includes)
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
        "StateFilter".into()
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
        assert!(STATES.into_iter().all(|state| !state.is_gone()));
    }
}
