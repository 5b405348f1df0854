//! CloudWatch on this machine: the metrics that the template's alarms name, and whether an alarm goes off.
//!
//! Metrics of AWS come once a minute; here each value is kept by the minute, for a day.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::clock::{Clock, Timestamp};

use crate::lambda::InvokeError;
use crate::template::Template;
use crate::template::alarm::{Alarm, Comparison, Metric, Statistic};

const MINUTE_MS: i64 = 60 * 1000;
const KEPT_MINUTES: i64 = 24 * 60;

/// The values of one minute.
#[derive(Clone, Copy, Default)]
struct Point {
    sum: u64,
    maximum: u64,
}

/// Clones share what was recorded.
#[derive(Clone, Default)]
pub struct CloudWatch(Arc<Mutex<HashMap<Metric, BTreeMap<i64, Point>>>>);

impl CloudWatch {
    /// Adds a value to a metric. `dimension` is its name and value.
    pub fn record(
        &self,
        (namespace, name): (&str, &str),
        dimension: Option<(&str, &str)>,
        value: u64,
        at: Timestamp,
    ) {
        let dimension = dimension.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let metric = Metric { namespace: namespace.to_owned(), name: name.to_owned(), dimension };
        let minute = at.as_millis().div_euclid(MINUTE_MS);
        let mut all = self.all();
        let points = all.entry(metric).or_default();
        let point = points.entry(minute).or_default();
        point.sum += value;
        point.maximum = point.maximum.max(value);
        *points = points.split_off(&(minute - KEPT_MINUTES));
    }

    /// Whether the alarm is on, judged by the whole periods that are over at `now`.
    pub fn is_on(&self, alarm: &Alarm, now: Timestamp) -> bool {
        let period = i64::try_from(alarm.period.as_secs() / 60).unwrap_or(1).max(1);
        let end = now.as_millis().div_euclid(MINUTE_MS * period) * period;
        let all = self.all();
        let points = all.get(&alarm.metric);
        let breaches = (0..i64::from(alarm.evaluation_periods)).filter(|back| {
            let end = end - back * period;
            let mut values = points.into_iter().flat_map(|points| points.range(end - period..end)).peekable();
            if values.peek().is_none() {
                return alarm.missing_breaches;
            }
            let values = values.map(|(_, point)| *point);
            let value = match alarm.statistic {
                Statistic::Sum => values.map(|point| point.sum).sum(),
                Statistic::Maximum => values.map(|point| point.maximum).max().unwrap_or(0),
            };
            match alarm.comparison {
                Comparison::Above => value > u64::from(alarm.threshold),
                Comparison::Below => value < u64::from(alarm.threshold),
            }
        });
        breaches.count() >= alarm.datapoints as usize
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Metric, BTreeMap<i64, Point>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The counts that Lambda keeps of each function.
#[derive(Clone)]
pub struct FunctionMetrics {
    cloudwatch: CloudWatch,
    clock: Clock,
    /// The deployed name of each function, by the name of its folder.
    deployed_names: BTreeMap<String, String>,
}

impl FunctionMetrics {
    pub fn new(cloudwatch: CloudWatch, clock: Clock, template: &Template) -> Self {
        let names =
            template.functions.iter().map(|function| (function.name.clone(), function.deployed_name.clone()));
        Self { cloudwatch, clock, deployed_names: names.collect() }
    }

    /// Counts one invocation that ended, or was refused, with this error.
    pub fn count(&self, function: &str, error: Option<&InvokeError>) {
        let Some(name) = self.deployed_names.get(function) else { return };
        let count = |metric, dimension| {
            self.cloudwatch.record(("AWS/Lambda", metric), dimension, 1, self.clock.now());
        };
        let of_function = Some(("FunctionName", name.as_str()));
        match error {
            Some(InvokeError::Throttled) => {
                count("Throttles", of_function);
                count("Throttles", None);
            }
            Some(InvokeError::TooLarge { .. } | InvokeError::UnknownFunction) => {}
            Some(InvokeError::Failed { .. } | InvokeError::TimedOut | InvokeError::Crashed { .. }) => {
                count("Invocations", of_function);
                count("Errors", of_function);
            }
            None => count("Invocations", of_function),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const METRIC: (&str, &str) = ("AWS/Lambda", "Errors");

    fn alarm(evaluation_periods: u32, datapoints: u32) -> Alarm {
        let metric = Metric { namespace: METRIC.0.to_owned(), name: METRIC.1.to_owned(), dimension: None };
        Alarm {
            logical_id: "ErrorsAlarm".to_owned(),
            metric,
            statistic: Statistic::Sum,
            period: MINUTE,
            evaluation_periods,
            datapoints,
            comparison: Comparison::Above,
            threshold: 1,
            missing_breaches: false,
        }
    }

    /// One or two errors in each minute; whether the alarm is on after the last.
    fn is_on(alarm: &Alarm, errors: &[u64]) -> bool {
        let cloudwatch = CloudWatch::default();
        let mut now = Timestamp::from_millis(4_102_444_800_000);
        for count in errors {
            for _ in 0..*count {
                cloudwatch.record(METRIC, None, 1, now);
            }
            now = now + MINUTE;
        }
        cloudwatch.is_on(alarm, now)
    }

    #[test]
    fn an_alarm_is_on_when_enough_of_its_periods_breach() {
        assert!(is_on(&alarm(1, 1), &[2]));
        assert!(!is_on(&alarm(1, 1), &[1]));
        assert!(!is_on(&alarm(1, 1), &[2, 0]));
        assert!(is_on(&alarm(3, 2), &[2, 0, 2]));
        assert!(!is_on(&alarm(3, 3), &[2, 0, 2]));
    }

    #[test]
    fn a_period_without_a_value_breaches_where_the_alarm_says_so() {
        let stopped = Alarm { comparison: Comparison::Below, missing_breaches: true, ..alarm(1, 1) };
        assert!(is_on(&stopped, &[5, 0]));
        assert!(!is_on(&stopped, &[0, 5]));
    }
}
