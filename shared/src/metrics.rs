//! The metrics that Millrace counts itself, from a closed list: what AWS does not measure, and what is rare.
//!
//! Lambda counts invocations, errors and durations, SQS counts messages: nothing of that is counted again, and no
//! success is. CloudWatch charges for each metric, so they have one dimension, the stack, and never a tenant.
//! A metric is a log line in CloudWatch's embedded metric format, which CloudWatch reads by itself.

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata};

use crate::clock::Timestamp;
use crate::request_id::RequestId;

const NAMESPACE: &str = "Millrace";
const DIMENSION: &str = "stack";

/// Declares the metrics with their stored names, what each counts and who does. Names never change: alarms refer to them.
macro_rules! metrics {
    ($($metric:ident, $name:literal, $function:literal, $counts:literal;)*) => {
        /// The thing that is counted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Metric {
            $(#[doc = $counts] $metric,)*
        }

        impl Metric {
            pub const ALL: &'static [Self] = &[$(Self::$metric),*];

            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$metric => $name,)*
                }
            }

            /// Which function counts it.
            pub const fn function(self) -> &'static str {
                match self {
                    $(Self::$metric => $function,)*
                }
            }

            /// Returns a description of the thing that it counts.
            pub const fn counts(self) -> &'static str {
                match self {
                    $(Self::$metric => $counts,)*
                }
            }
        }
    };
}

metrics! {
    RequestsFaulted, "requests_faulted", "api", "requests answered with 500, and why is in the log";
    RateLimitsBypassed, "rate_limits_bypassed", "api", "times that a process let requests pass uncounted, at most once in 10 s";
    BoundsBypassed, "bounds_bypassed", "api", "uploads accepted while their tenant's usage could not be read";
    UploadsRejected, "uploads_rejected", "intake, relay, scheduler", "uploads whose bytes are not acceptable";
    UploadsExpired, "uploads_expired", "scheduler", "uploads whose bytes never arrived";
    JobsRetried, "jobs_retried", "media", "attempts of jobs that failed and will be made again";
    JobsDead, "jobs_dead", "media", "jobs that failed for good though the bytes were acceptable";
    RowsMovedByAudit, "rows_moved_by_audit", "scheduler", "rows that only the audit could move on: an event was lost";
    RecordsUnread, "records_unread", "observer", "records of the stream that a projection could not read and passed over";
    DeadLettersKept, "dead_letters_kept", "scheduler", "messages that no job claims, kept as rows";
}

impl Metric {
    /// All are counts so far.
    pub const fn unit(self) -> &'static str {
        "Count"
    }
}

/// Counts one more.
pub fn count(metric: Metric, request_id: Option<&RequestId>) {
    count_many(metric, 1, request_id);
}

/// Counts `many` more; nothing for 0.
pub fn count_many(metric: Metric, many: u64, request_id: Option<&RequestId>) {
    if many > 0 {
        let (name, unit) = (metric.name(), metric.unit());
        tracing::info!(metric = name, unit, value = many, request_id = request_id.map(RequestId::as_str));
    }
}

/// The target of the events that [`count_many`] makes; nothing else is logged here.
pub(crate) const TARGET: &str = module_path!();

pub(crate) fn is_metric(event: &Metadata<'_>) -> bool {
    event.target() == TARGET
}

/// An event of [`count_many`] as a line in the embedded metric format.
pub(crate) fn embedded(event: &Event<'_>, stack: &str, now: Timestamp) -> Value {
    let mut fields = Fields(Map::new());
    event.record(&mut fields);
    let Fields(mut fields) = fields;
    let name = fields.get("metric").and_then(Value::as_str).unwrap_or_default().to_owned();
    let definition = json!({ "Name": name, "Unit": fields.get("unit") });
    let directive = json!({ "Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": [definition] });
    let mut line = Map::new();
    line.insert("_aws".to_owned(), json!({ "Timestamp": now.as_millis(), "CloudWatchMetrics": [directive] }));
    line.insert("timestamp".to_owned(), Value::from(now.to_rfc3339()));
    line.insert("level".to_owned(), Value::from("INFO"));
    line.insert("message".to_owned(), Value::from("metric"));
    line.insert(DIMENSION.to_owned(), Value::from(stack));
    line.extend(fields.remove_entry("request_id"));
    line.insert(name, fields.remove("value").unwrap_or_default());
    Value::Object(line)
}

struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.insert(field.name().to_owned(), Value::from(format!("{value:?}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log_format::tests::captured;

    #[test]
    fn a_metric_is_a_line_in_the_embedded_metric_format_and_its_dimension_is_the_stack_alone() {
        let lines = captured(|| {
            count(Metric::JobsDead, RequestId::parse("r-1").as_ref());
            count_many(Metric::RowsMovedByAudit, 3, None);
            count_many(Metric::RowsMovedByAudit, 0, None);
        });
        let line = |name: &str, value: u64| {
            json!({
                "_aws": {"Timestamp": 1_800_000_000_000_i64, "CloudWatchMetrics": [{
                    "Namespace": "Millrace", "Dimensions": [["stack"]],
                    "Metrics": [{"Name": name, "Unit": "Count"}],
                }]},
                "timestamp": "2027-01-15T08:00:00.000Z", "level": "INFO", "message": "metric", "stack": "millrace",
                name: value,
            })
        };
        let mut dead = line("jobs_dead", 1);
        dead["request_id"] = json!("r-1");
        assert_eq!(lines, [dead, line("rows_moved_by_audit", 3)]);
    }

    #[test]
    fn names_are_told_apart_and_never_change() {
        let names: Vec<&str> = Metric::ALL.iter().map(|metric| metric.name()).collect();
        let expected = [
            "requests_faulted",
            "rate_limits_bypassed",
            "bounds_bypassed",
            "uploads_rejected",
            "uploads_expired",
            "jobs_retried",
            "jobs_dead",
            "rows_moved_by_audit",
            "records_unread",
            "dead_letters_kept",
        ];
        assert_eq!(names, expected);
    }
}
