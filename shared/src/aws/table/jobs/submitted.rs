//! Jobs that clients submit: listed by time, and changed by whoever submitted them.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{WAIT, ends_for_good, key, to, waits_until};
use crate::aws::table::due_shard::shard_of;
use crate::aws::table::listings::{self, Listing};
use crate::aws::table::{Key, RowKind, Table, Update, Written, number, read, row_of, string, value_of};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::id::JobId;
use crate::job::{Job, Next, RETENTION, State};
use crate::tenant::Tenant;

/// The result of a change of a job.
#[derive(Clone, Debug)]
pub enum Reached {
    /// The job as it is now.
    Changed(Box<Job>),
    /// It isn't as it was seen: the row as it stands, if there is one.
    Moved(Option<Box<Job>>),
}

/// An output that is too long to sit in its job's row.
#[derive(Serialize, Deserialize)]
struct OutputRow {
    output: Value,
    expires_at: i64,
}

impl Table {
    /// Accepts a submitted job, which is listed by time, unless it is there already; returns the one that was.
    pub async fn put_submitted_job(&self, job: &Job) -> Result<Option<Job>, Fault> {
        let mut row = row_of(job)?;
        row.extend(listings::entry(Listing::Jobs, &job.tenant, job.id.as_str(), job.accepted_at));
        if job.state == State::Waiting {
            row.insert("due_shard".to_owned(), string(shard_of(job.id.as_str())));
        }
        match self.put_new(&key(&job.tenant, &job.id), row, "accepting the job").await? {
            Written::Made(_) => Ok(None),
            Written::Refused(Some(row)) => read(row).map(Some),
            // It has gone in between, by its time to live.
            Written::Refused(None) => Err(Fault::new("accepting the job", "its row went meanwhile")),
        }
    }

    /// Cancels a job that isn't running, if it still is as it was seen.
    pub async fn cancel_submitted_job(&self, seen: &Job, now: Timestamp) -> Result<Reached, Fault> {
        let update = to(as_seen(seen), State::Cancelled, now);
        self.change(ends_for_good(update, now), "cancelling the job").await
    }

    /// Has a running job cancelled when its epoch ends, unless it succeeds.
    pub async fn request_cancel(&self, seen: &Job) -> Result<Reached, Fault> {
        // `updated_at` stays the time of the claim, which the attempt's duration is counted from.
        let update = as_seen(seen).set("cancel_requested", AttributeValue::Bool(true));
        self.change(update, "asking for the job to be cancelled").await
    }

    /// Runs a job again that has ended or is paused, if it still is as it was seen. Its attempts go on counting, and its plan
    /// of retries begins anew.
    pub async fn retry_job(&self, seen: &Job, name: &str, now: Timestamp) -> Result<Reached, Fault> {
        let mut submission = seen.submission.clone().unwrap_or_default();
        submission.run_at = Some(now);
        let update = as_seen(seen)
            .increase("dispatch")
            .set("attempts", number(seen.epoch))
            .set("deferrals", number(seen.epoch))
            .set("submission", value_of(&submission)?)
            .set_text("change", name)
            .remove(&["output", "expires_at", "start_by", "lease_until"])
            .remove(&WAIT);
        self.change(to(update, State::Queued, now), "retrying the job").await
    }

    /// Has a job run at another time that isn't running, if it still is as it was seen.
    pub async fn reschedule_job(
        &self,
        seen: &Job,
        name: &str,
        next: Next,
        now: Timestamp,
    ) -> Result<Reached, Fault> {
        let update = as_seen(seen).set_text("change", name);
        let update = match next {
            Next::Wait { due_at } => to(waits_until(update, &seen.id, due_at), State::Waiting, now),
            Next::Queue { due_at } => to(update, State::Queued, now)
                .increase("dispatch")
                .set("due_at", number(due_at.as_millis()))
                .remove(&["due_shard"]),
            Next::Pause | Next::Die => return Ok(Reached::Moved(Some(Box::new(seen.clone())))),
        };
        let start_by = seen.start_by.zip(next.due_at()).map(|(start_by, due_at)| {
            let in_time = start_by.since(seen.due_at.unwrap_or(seen.accepted_at));
            number((due_at + in_time).as_millis())
        });
        self.change(update.set_if_some("start_by", start_by), "rescheduling the job").await
    }

    async fn change(&self, update: Update, doing: &'static str) -> Result<Reached, Fault> {
        Ok(match self.update(update, doing).await? {
            Written::Made(row) => Reached::Changed(Box::new(read(row)?)),
            Written::Refused(row) => Reached::Moved(row.map(read).transpose()?.map(Box::new)),
        })
    }

    /// Stores what a run of a job made and its row has no room for, before the outcome is recorded. It goes with its job.
    pub async fn put_job_output(
        &self,
        job: &Job,
        output: &Value,
        retention: Duration,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let expires_at = (now + retention.max(RETENTION)).as_secs();
        let row = row_of(&OutputRow { output: output.clone(), expires_at })?;
        self.put_new(&output_key(&job.tenant, &job.id, job.epoch), row, "storing a job's output").await?;
        Ok(())
    }

    /// Reads what the latest run of a job made and its row has no room for; `None` if it is gone.
    pub async fn get_job_output(&self, job: &Job) -> Result<Option<Value>, Fault> {
        let key = output_key(&job.tenant, &job.id, job.epoch);
        let row: Option<OutputRow> = self.get(&key, "reading a job's output").await?;
        Ok(row.map(|row| row.output))
    }
}

/// A change of a job that is made only if nobody has changed it since it was seen.
fn as_seen(seen: &Job) -> Update {
    let condition = "#accepted_at = :accepted_at AND #state = :state \
                     AND #dispatch = :dispatch AND #epoch = :epoch";
    Update::new(key(&seen.tenant, &seen.id), condition)
        .with(":accepted_at", number(seen.accepted_at.as_millis()))
        .with(":state", string(seen.state.as_str()))
        .with(":dispatch", number(seen.dispatch))
        .with(":epoch", number(seen.epoch))
}

fn output_key(tenant: &Tenant, id: &JobId, epoch: u32) -> Key {
    Key::new(format!("{tenant}#{id}"), &format!("{}{epoch:06}", RowKind::JobOutput.text()))
}
