//! The due index: sparse, it holds only the jobs that wait longer than a queue can delay a message.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::aws::fault;
use crate::aws::table::due_shard::SHARDS;
use crate::aws::table::{Attributes, Key, RowKind, Table, Update, Written, jobs, number, string};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::job::{Job, State};

const INDEX: &str = "due";

/// Due jobs are read in the minute before, and a job's queue holds its message for the rest.
pub const AHEAD: Duration = Duration::from_secs(60);

/// An entry of the due index. The job may have moved on: the index lags.
#[derive(Clone, Debug)]
pub struct DueJob {
    key: Key,
    pub due_at: Timestamp,
}

impl DueJob {
    /// The entry of a waiting job; `None` for one that waits for nothing.
    pub fn of(job: &Job) -> Option<Self> {
        Some(Self { key: jobs::key(&job.tenant, &job.id), due_at: job.due_at? })
    }
}

impl Table {
    /// At most `limit` entries of each shard that are due before `until`, the longest due first.
    pub async fn due(&self, until: Timestamp, limit: i32) -> Result<Vec<DueJob>, Fault> {
        let mut due = Vec::new();
        for shard in 0..SHARDS {
            let query = self
                .client
                .query()
                .table_name(&self.name)
                .index_name(INDEX)
                .key_condition_expression("due_shard = :shard AND due_at < :until")
                .expression_attribute_values(":shard", string(format!("due#{shard}")))
                .expression_attribute_values(":until", number(until.as_millis()))
                .limit(limit);
            let answer = query.send().await.map_err(fault("reading the due index"))?;
            due.extend(answer.items.unwrap_or_default().into_iter().filter_map(entry));
        }
        Ok(due)
    }

    /// Has a waiting job sent to its queue, unless it has moved on since it was indexed: `false`.
    pub async fn dispatch_due(&self, due: &DueJob, now: Timestamp) -> Result<bool, Fault> {
        let update = Update::new(due.key.clone(), "#state = :waiting AND #due_at = :due_at")
            .with(":waiting", string(State::Waiting.as_str()))
            .with(":due_at", number(due.due_at.as_millis()))
            .increase("dispatch")
            .remove(&["due_shard"]);
        let update = jobs::to(update, State::Queued, now);
        let written = self.update(update, "dispatching a due job").await?;
        Ok(matches!(written, Written::Made(_)))
    }
}

/// A row that waits. One of layout 1 may be an upload that is being deleted: the audit goes on with that.
fn entry(row: Attributes) -> Option<DueJob> {
    let text = |name: &str| row.get(name)?.as_s().ok().cloned();
    let (pk, sk) = (text("pk")?, text("sk")?);
    if RowKind::of(&sk) != Some(RowKind::Job) {
        return None;
    }
    let due_at = row.get("due_at").map(AttributeValue::as_n)?.ok()?.parse().ok()?;
    Some(DueJob { key: Key { pk, sk }, due_at: Timestamp::from_millis(due_at) })
}
