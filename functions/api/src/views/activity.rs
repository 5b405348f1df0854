//! How many jobs ended, and how.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use shared::kinds::Kind;
use shared::operations::activity::{ActivityFilter, CountedKind, ReadActivity};

use super::codes::JobKind;
use super::time::Time;

/// How many jobs ended in each hour, as counted some seconds ago.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Activity {
    /// The hours that begin at this time or later.
    from: Time,
    /// The hours that begin earlier.
    to: Time,
    /// The newest hour first. There is no entry for a kind in an hour in which nothing happened to its jobs.
    data: Vec<HourOfKind>,
}

/// The jobs of one kind in one hour.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ActivityHour")]
struct HourOfKind {
    /// The time at which the hour began.
    hour: Time,
    kind: JobKind,
    /// How many jobs succeeded.
    succeeded: u64,
    /// How many jobs failed for good: they are `dead`.
    failed: u64,
    /// How many attempts failed and are made again.
    retried: u64,
    /// How many jobs were cancelled.
    cancelled: u64,
}

/// The parameters of the activity.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivityQuery {
    /// Shows only hours that begin at this time or later: at most 31 days before `to`, and 24 hours before it by default.
    #[serde(default)]
    from: Option<Time>,
    /// Shows only hours that begin earlier. The default is the end of the current hour.
    #[serde(default)]
    to: Option<Time>,
    /// Shows only jobs of this kind.
    #[serde(default)]
    kind: Option<KindFilter>,
}

impl ActivityQuery {
    pub fn filter(&self) -> ActivityFilter {
        ActivityFilter {
            from: self.from.map(|time| time.0),
            to: self.to.map(|time| time.0),
            kind: self.kind.map(|KindFilter(kind)| kind),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct KindFilter(Kind);

impl<'de> Deserialize<'de> for KindFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const NAMES: &[&str] = &{
            let mut names = [""; Kind::ALL.len()];
            let mut index = 0;
            while index < names.len() {
                names[index] = Kind::ALL[index].as_str();
                index += 1;
            }
            names
        };
        let text = String::deserialize(deserializer)?;
        Kind::parse(&text).map(Self).ok_or_else(|| D::Error::unknown_variant(&text, NAMES))
    }
}

impl JsonSchema for KindFilter {
    fn schema_name() -> Cow<'static, str> {
        JobKind::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        JobKind::json_schema(generator)
    }
}

pub fn activity(read: ReadActivity) -> Activity {
    let data = read.counted.into_iter().map(|CountedKind { hour, kind, counts }| HourOfKind {
        hour: Time(hour),
        kind: kind.as_str().into(),
        succeeded: counts.succeeded,
        failed: counts.failed,
        retried: counts.retried,
        cancelled: counts.cancelled,
    });
    Activity { from: Time(read.range.from), to: Time(read.range.to), data: data.collect() }
}
