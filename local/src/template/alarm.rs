//! `AWS::CloudWatch::Alarm` on one metric.

use std::time::Duration;

use super::error::Result;
use super::node::Node;
use super::properties::Properties;
use super::resource::Resource;
use super::scope::Scope;

const NOT_EMULATED: [&str; 4] = ["ActionsEnabled", "AlarmActions", "AlarmDescription", "Tags"];

/// CloudWatch keeps a metric of AWS by the minute, and an alarm looks back at most a day.
const PERIOD_SECONDS_MIN: u32 = 60;
const PERIOD_SECONDS_MAX: u32 = 86_400;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    pub logical_id: String,
    pub metric: Metric,
    pub statistic: Statistic,
    pub period: Duration,
    pub evaluation_periods: u32,
    /// How many of these periods must breach.
    pub datapoints: u32,
    pub comparison: Comparison,
    pub threshold: u32,
    /// Whether a period without any value breaches.
    pub missing_breaches: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Metric {
    /// `AWS/Lambda`, or one of the stack's own.
    pub namespace: String,
    pub name: String,
    /// Name and value; none for the sum over the whole account.
    pub dimension: Option<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    Sum,
    Maximum,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Above,
    Below,
}

pub(super) fn read(resource: &Resource, scope: &Scope) -> Result<Alarm> {
    let mut properties = resource.properties(scope, &NOT_EMULATED, &mut Vec::new())?;
    let evaluation_periods = properties.required("EvaluationPeriods")?.number(1..=PERIOD_SECONDS_MAX)?;
    let statistic = properties.required("Statistic")?;
    let comparison = properties.required("ComparisonOperator")?;
    let missing = properties.required("TreatMissingData")?;
    let alarm = Alarm {
        logical_id: resource.logical_id.clone(),
        metric: metric(&mut properties)?,
        statistic: match statistic.text()? {
            "Sum" => Statistic::Sum,
            "Maximum" => Statistic::Maximum,
            _ => return Err(statistic.unexpected("Sum or Maximum")),
        },
        period: properties.required("Period")?.seconds(PERIOD_SECONDS_MIN..=PERIOD_SECONDS_MAX)?,
        evaluation_periods,
        datapoints: properties.number("DatapointsToAlarm", evaluation_periods, 1..=evaluation_periods)?,
        comparison: match comparison.text()? {
            "GreaterThanThreshold" => Comparison::Above,
            "LessThanThreshold" => Comparison::Below,
            _ => return Err(comparison.unexpected("GreaterThanThreshold or LessThanThreshold")),
        },
        threshold: properties.required("Threshold")?.number(0..=u32::MAX)?,
        missing_breaches: match missing.text()? {
            "breaching" => true,
            "notBreaching" => false,
            _ => return Err(missing.unexpected("breaching or notBreaching")),
        },
    };
    properties.finish()?;
    Ok(alarm)
}

fn metric(properties: &mut Properties) -> Result<Metric> {
    let dimensions = properties.items("Dimensions")?;
    let dimension = match dimensions.as_slice() {
        [] => None,
        [one] => Some(dimension(one.clone())?),
        [_, second, ..] => return Err(second.unexpected("no second dimension")),
    };
    let namespace = properties.required_text("Namespace")?;
    Ok(Metric { namespace, name: properties.required_text("MetricName")?, dimension })
}

fn dimension(node: Node) -> Result<(String, String)> {
    let mut dimension = Properties::of(node, "a dimension")?;
    let read = (dimension.required_text("Name")?, dimension.required_text("Value")?);
    dimension.finish()?;
    Ok(read)
}
