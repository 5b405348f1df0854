//! The due index: sparse, it holds only the jobs that wait longer than a queue can delay a message.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::aws::fault;
use crate::aws::table::{Attributes, Key, Table, Update, Written, jobs, number, string};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::id::{JobId, digest};
use crate::job::{Job, State};

const INDEX: &str = "due";

/// One partition of an index takes 1,000 writes a second; waits are spread over this many.
const SHARDS: u8 = 4;

/// An entry of the due index. The job itself may have moved on: the index lags.
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

pub(super) fn shard_of(id: &JobId) -> String {
    format!("due#{}", digest(&[id.as_str()])[0] % SHARDS)
}

impl Table {
    /// At most `limit` jobs of each shard that are due before `until`, the longest due first.
    pub async fn due_jobs(&self, until: Timestamp, limit: i32) -> Result<Vec<DueJob>, Fault> {
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
        let update = Update {
            key: due.key.clone(),
            change:
                "SET #state = :queued, #dispatch = #dispatch + :one, #updated_at = :now REMOVE #due_shard"
                    .into(),
            condition: "#state = :waiting AND #due_at = :due_at",
            values: vec![
                (":waiting", string(State::Waiting.as_str())),
                (":queued", string(State::Queued.as_str())),
                (":due_at", number(due.due_at.as_millis())),
                (":one", number(1)),
                (":now", number(now.as_millis())),
            ],
        };
        let written = self.update(update, "dispatching a due job").await?;
        Ok(matches!(written, Written::Made(_)))
    }
}

fn entry(row: Attributes) -> Option<DueJob> {
    let text = |name: &str| row.get(name)?.as_s().ok().cloned();
    let due_at = row.get("due_at").map(AttributeValue::as_n)?.ok()?.parse().ok()?;
    Some(DueJob { key: Key { pk: text("pk")?, sk: text("sk")? }, due_at: Timestamp::from_millis(due_at) })
}
