//! The events that Lambda is told by a bucket, or reads from a queue or a stream.

use std::time::Duration;

use super::filter::Filter;
use crate::template::destination::on_failure;
use crate::template::error::{Result, TemplateError};
use crate::template::properties::Properties;
use crate::template::scope::Scope;

/// Objects that were created in a bucket, by a key that starts with `prefix` and ends with `suffix`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectCreated {
    pub bucket: String,
    pub prefix: String,
    pub suffix: String,
    /// Such as `s3:ObjectCreated:*` or `s3:ObjectCreated:Put`.
    pub events: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSource {
    pub queue: String,
    pub batch_size: u32,
    /// How long a batch that is not full waits for more.
    pub batching_window: Duration,
    /// How many batches run at once; none is bounded by the function alone.
    pub maximum_concurrency: Option<u32>,
    pub report_batch_item_failures: bool,
}

/// The stream of a table, read from its oldest record on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSource {
    pub table: String,
    pub filter: Filter,
    pub batch_size: u32,
    pub batching_window: Duration,
    /// How many batches of one shard run at once, by partition key.
    pub parallelization: u32,
    /// None is as often as it takes.
    pub retries: Option<u32>,
    /// None is until the stream itself drops the record.
    pub record_age_max: Option<Duration>,
    pub bisect_on_error: bool,
    pub report_batch_item_failures: bool,
    /// The name of the queue that is told of records that were given up.
    pub on_failure: Option<String>,
}

impl ObjectCreated {
    pub(super) fn read(properties: &mut Properties, scope: &Scope) -> Result<Self> {
        let bucket = scope.bucket(&properties.required("Bucket")?)?;
        let events = properties.required("Events")?;
        if !events.texts()?.iter().all(|event| event.starts_with("s3:ObjectCreated:")) {
            return Err(events.unexpected("s3:ObjectCreated:… alone"));
        }
        let mut notification =
            Self { bucket, prefix: String::new(), suffix: String::new(), events: events.texts()? };
        if let Some(mut filter) = properties.nested("Filter", "Filter")? {
            if let Some(mut key) = filter.nested("S3Key", "S3Key")? {
                notification.read_rules(&mut key)?;
                key.finish()?;
            }
            filter.finish()?;
        }
        Ok(notification)
    }

    fn read_rules(&mut self, filter: &mut Properties) -> Result<()> {
        for rule in filter.items("Rules")? {
            let mut rule = Properties::of(rule, "a rule")?;
            let name = rule.required("Name")?;
            let value = rule.required_text("Value")?;
            rule.finish()?;
            match name.text()? {
                "prefix" => self.prefix = value,
                "suffix" => self.suffix = value,
                _ => return Err(name.unexpected("prefix or suffix")),
            }
        }
        Ok(())
    }
}

impl QueueSource {
    /// Above it, Lambda wants a batching window, because one receive call brings no more.
    const RECEIVE_MESSAGES_MAX: u32 = 10;

    pub(super) fn read(properties: &mut Properties, scope: &Scope) -> Result<Self> {
        properties.only("Enabled", "true")?;
        let source = Self {
            queue: scope.queue(&properties.required("Queue")?)?,
            batch_size: properties.number("BatchSize", Self::RECEIVE_MESSAGES_MAX, 1..=10_000)?,
            batching_window: properties.seconds("MaximumBatchingWindowInSeconds", 0, 0..=300)?,
            maximum_concurrency: maximum_concurrency(properties)?,
            report_batch_item_failures: reports_failures(properties)?,
        };
        if source.batch_size > Self::RECEIVE_MESSAGES_MAX && source.batching_window.is_zero() {
            let message = "a BatchSize over 10 needs a MaximumBatchingWindowInSeconds of at least 1";
            return Err(TemplateError::at(properties.line(), message));
        }
        Ok(source)
    }
}

impl StreamSource {
    pub(super) fn read(properties: &mut Properties, scope: &Scope) -> Result<Self> {
        properties.only("Enabled", "true")?;
        let position = properties.required("StartingPosition")?;
        if position.text()? != "TRIM_HORIZON" {
            return Err(position.unexpected("TRIM_HORIZON"));
        }
        Ok(Self {
            table: scope.table_of_stream(&properties.required("Stream")?)?,
            filter: Filter::read(properties)?,
            batch_size: properties.number("BatchSize", 100, 1..=10_000)?,
            batching_window: properties.seconds("MaximumBatchingWindowInSeconds", 0, 0..=300)?,
            parallelization: properties.number("ParallelizationFactor", 1, 1..=10)?,
            retries: match properties.take("MaximumRetryAttempts") {
                Some(retries) => retries.limit(0..=10_000)?,
                None => None,
            },
            record_age_max: match properties.take("MaximumRecordAgeInSeconds") {
                Some(age) => age.limit(60..=604_800)?.map(|seconds| Duration::from_secs(u64::from(seconds))),
                None => None,
            },
            bisect_on_error: properties.boolean("BisectBatchOnFunctionError", false)?,
            report_batch_item_failures: reports_failures(properties)?,
            on_failure: on_failure(properties, scope)?,
        })
    }
}

fn maximum_concurrency(properties: &mut Properties) -> Result<Option<u32>> {
    let Some(mut scaling) = properties.nested("ScalingConfig", "ScalingConfig")? else { return Ok(None) };
    let concurrency = scaling.required("MaximumConcurrency")?.number(2..=1000)?;
    scaling.finish()?;
    Ok(Some(concurrency))
}

fn reports_failures(properties: &mut Properties) -> Result<bool> {
    let Some(types) = properties.take("FunctionResponseTypes") else { return Ok(false) };
    match types.texts()?.as_slice() {
        [] => Ok(false),
        [one] if one == "ReportBatchItemFailures" => Ok(true),
        _ => Err(types.unexpected("ReportBatchItemFailures")),
    }
}
