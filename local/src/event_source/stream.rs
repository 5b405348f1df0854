//! A table's stream that invokes a function: in order within a shard, with retries, bisection and a failure destination.

use bytes::Bytes;
use serde_json::json;
use shared::clock::Timestamp;

use crate::dynamodb::{Position, Record};
use crate::event_source::{Surroundings, batch_item_failures, failure};
use crate::hostile::Percent;
use crate::state;
use crate::template::event::StreamSource;

const COMES_AGAIN: Percent = 15;

/// Records that are read ahead, to find those of one shard among those of all.
const READ_AHEAD: usize = 1000;

/// One shard of a stream, and how one function reads it. The emulated stream has one; hostility splits it.
pub struct Stream {
    pub function: String,
    pub function_arn: String,
    pub source: StreamSource,
    pub stream_arn: String,
    pub shard: usize,
    pub around: Surroundings,
    pub trouble: Trouble,
}

/// The state of the batch at the head of the shard, once it failed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trouble {
    failures: u32,
    /// The batch is bisected down to the record that fails.
    batch_size: Option<usize>,
    /// When it failed for the first time.
    since: Option<Timestamp>,
}

impl Stream {
    /// Delivers the batch at the head of the shard; `false` when there is none.
    pub async fn deliver(&mut self) -> state::Result<bool> {
        let reader = self.reader();
        let records = loop {
            let (records, passed) = self.next_batch(&self.around.positions.of(&reader)?)?;
            match passed {
                None => return Ok(false),
                Some(passed) if records.is_empty() => self.around.positions.advance(&reader, &passed)?,
                Some(_) => break records,
            }
        };
        let events: Vec<_> = records.iter().map(|record| self.event(record)).collect();
        let payload = json!({ "Records": events }).to_string();
        self.record_age();
        let answer = self.around.invoker.invoke(&self.function, Bytes::from(payload)).await;
        let failed_from = match &answer {
            Ok(answer) if self.source.report_batch_item_failures => first_failure(&records, answer),
            Ok(_) => None,
            Err(error) => {
                tracing::warn!(function = self.function, %error, "a batch of stream records failed");
                Some(0)
            }
        };
        match failed_from {
            None if self.around.hostility.strikes(COMES_AGAIN) => {}
            None => self.pass(&records)?,
            Some(first) => self.retry(&records, first)?,
        }
        Ok(true)
    }

    /// The age of the batch at the head: how long it has been tried. One that is tried for the first time has come just now.
    fn record_age(&self) {
        let now = self.around.clock.now();
        let age_ms = self.trouble.since.map_or(0, |since| now.since(since).as_millis());
        let dimension = Some(("FunctionName", self.deployed_name()));
        let age_ms = u64::try_from(age_ms).unwrap_or(u64::MAX);
        self.around.cloudwatch.record(("AWS/Lambda", "IteratorAge"), dimension, age_ms, now);
    }

    fn deployed_name(&self) -> &str {
        self.function_arn.rsplit(':').next().unwrap_or_default()
    }

    pub fn has_failed(&self) -> bool {
        self.trouble.failures > 0
    }

    /// The name under which its position is kept.
    pub fn reader(&self) -> String {
        format!("{}/{}-of-{}", self.function, self.shard, self.around.shards)
    }

    /// The next records of this shard that the function wants, and the last record that was read.
    fn next_batch(&self, position: &Position) -> state::Result<(Vec<Record>, Option<String>)> {
        // A batch that failed comes again as it was, whatever lies between its records.
        let reads_on = self.around.shards > 1 || self.trouble.batch_size.is_some();
        let limit = if reads_on { READ_AHEAD } else { self.batch_size() };
        let read = self.around.aws.dynamodb.records(&self.source.table, position, limit)?;
        let last = read.last().map(|record| record.sequence_number.clone());
        let mine =
            read.into_iter().filter(|record| self.is_mine(record) && self.source.filter.wants(&record.event));
        Ok((mine.take(self.batch_size()).collect(), last))
    }

    fn batch_size(&self) -> usize {
        self.trouble.batch_size.unwrap_or(self.source.batch_size as usize)
    }

    fn is_mine(&self, record: &Record) -> bool {
        let bits = shared::id::digest(&[&record.partition]);
        usize::from(bits[0]) % self.around.shards == self.shard
    }

    fn event(&self, record: &Record) -> serde_json::Value {
        let mut event = record.event.clone();
        event["eventSourceARN"] = json!(self.stream_arn);
        event["awsRegion"] = json!("us-east-1");
        event
    }

    /// Goes on after `records`.
    fn pass(&mut self, records: &[Record]) -> state::Result<()> {
        self.trouble = Trouble::default();
        match records.last() {
            Some(last) => self.around.positions.advance(&self.reader(), &last.sequence_number),
            None => Ok(()),
        }
    }

    /// Retries the records from the first failure on; those before it are done. Batches get smaller, until the record
    /// that fails has had all its retries and is given up.
    fn retry(&mut self, records: &[Record], first: usize) -> state::Result<()> {
        let trouble = if first > 0 { Trouble::default() } else { self.trouble };
        if first > 0 {
            self.pass(&records[..first])?;
        }
        let rest = &records[first..];
        let failures = trouble.failures + 1;
        let batch_size = if self.source.bisect_on_error { rest.len().div_ceil(2) } else { rest.len() };
        let since = Some(trouble.since.unwrap_or(self.around.clock.now()));
        self.trouble = Trouble { failures, batch_size: Some(batch_size), since };
        let is_spent = self.source.retries.is_some_and(|retries| failures > retries);
        if is_spent && (rest.len() == 1 || !self.source.bisect_on_error) {
            self.give_up(rest)?;
        }
        Ok(())
    }

    /// The destination is told before the reader goes on.
    fn give_up(&mut self, records: &[Record]) -> state::Result<()> {
        tracing::error!(function = self.function, records = records.len(), "stream records were given up");
        if self.source.on_failure.is_some() {
            let numbers: Vec<&str> = records.iter().map(|record| record.sequence_number.as_str()).collect();
            let (arn, failures) = (&self.function_arn, self.trouble.failures);
            let now = self.around.clock.now();
            let told = failure::of_records(arn, &self.stream_arn, self.shard, &numbers, failures, now);
            self.around.tell(self.source.on_failure.as_ref(), &told)?;
        }
        self.pass(records)
    }
}

/// Where the function asks the batch to be taken up again; none when all of it is done.
fn first_failure(records: &[Record], answer: &[u8]) -> Option<usize> {
    let Some(failed) = batch_item_failures(answer) else {
        return Some(0);
    };
    if failed.is_empty() {
        return None;
    }
    let first = records.iter().position(|record| failed.contains(&record.sequence_number));
    Some(first.unwrap_or(0))
}
