//! Jobs. Each write is conditional on what decides that it may be made: see [`crate::job`].

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::table::due_shard::shard_of;
use crate::aws::table::{Key, RowKind, Table, Update, Written, number, read, row_of, string, value_of};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::id::JobId;
use crate::job::{Delivery, Failure, Job, Made, Next, RETENTION, State};
use crate::tenant::Tenant;

/// The values that a claim writes.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Names the delivery that claims, so that it knows its own claim when the answer was lost.
    pub token: String,
    pub lease_until: Timestamp,
}

/// How a claim ended.
#[derive(Clone, Debug)]
pub enum Claimed {
    /// The job, in its new epoch.
    Won(Box<Job>),
    /// Not to be had: the row as it stands, if there is one.
    Refused(Option<Box<Job>>),
}

/// An input that has an item of its own.
#[derive(Serialize, Deserialize)]
struct InputRow {
    input: Value,
    expires_at: i64,
}

impl Table {
    /// Accepts a job unless it is there already; `false` when it was.
    pub async fn put_job(&self, job: &Job) -> Result<bool, Fault> {
        let written = self.put_new(&key(&job.tenant, &job.id), row_of(job)?, "accepting the job").await?;
        Ok(matches!(written, Written::Made(_)))
    }

    /// Stores the input of a job that is too long to sit in its row, before that is put. It goes by itself at
    /// `expires_at`, so that a crash in between leaves nothing behind.
    pub async fn put_job_input(
        &self,
        tenant: &Tenant,
        id: &JobId,
        input: &Value,
        expires_at: Timestamp,
    ) -> Result<(), Fault> {
        let row = row_of(&InputRow { input: input.clone(), expires_at: expires_at.as_secs() })?;
        self.put_new(&input_key(tenant, id), row, "storing a job's input").await?;
        Ok(())
    }

    /// Reads the input of a job that has an item of its own.
    pub async fn get_job_input(&self, job: &Job) -> Result<Value, Fault> {
        const DOING: &str = "reading a job's input";
        let row: Option<InputRow> = self.get(&input_key(&job.tenant, &job.id), DOING).await?;
        Ok(row.ok_or_else(|| Fault::new(DOING, "its item is missing"))?.input)
    }

    pub async fn get_job(&self, tenant: &Tenant, id: &JobId) -> Result<Option<Job>, Fault> {
        self.get(&key(tenant, id), "reading the job").await
    }

    /// All of `ids` that exist, in no order.
    pub async fn get_jobs(&self, tenant: &Tenant, ids: &[JobId]) -> Result<Vec<Job>, Fault> {
        let keys: Vec<Key> = ids.iter().map(|id| key(tenant, id)).collect();
        self.get_all(&keys, "reading the jobs").await
    }

    /// Claims a job none of whose epochs ended without an outcome.
    pub async fn claim_job(
        &self,
        delivery: &Delivery,
        claim: &Claim,
        now: Timestamp,
    ) -> Result<Claimed, Fault> {
        let condition = "#dispatch = :dispatch AND #accepted_at = :accepted_at \
                         AND #state = :queued AND #epoch = #attempts";
        self.claim(delivery, condition, claim, now, |update| update).await
    }

    /// Claims a job that was seen as `seen`, and whose earlier epoch ended without an outcome.
    pub async fn claim_suspect(&self, seen: &Job, claim: &Claim, now: Timestamp) -> Result<Claimed, Fault> {
        let condition = "#dispatch = :dispatch AND #accepted_at = :accepted_at AND #epoch = :epoch \
                         AND (#state = :queued OR (#state = :running AND #lease_until < :now))";
        let more = |update: Update| {
            let update = update.with(":epoch", number(seen.epoch)).with(":now", number(now.as_millis()));
            update.with(":running", string(State::Running.as_str()))
        };
        self.claim(&seen.delivery(), condition, claim, now, more).await
    }

    async fn claim(
        &self,
        delivery: &Delivery,
        condition: &str,
        claim: &Claim,
        now: Timestamp,
        more: impl FnOnce(Update) -> Update,
    ) -> Result<Claimed, Fault> {
        let update = Update::new(key(&delivery.tenant, &delivery.job), condition)
            .with(":dispatch", number(delivery.dispatch))
            .with(":accepted_at", number(delivery.accepted_at.as_millis()))
            .with(":queued", string(State::Queued.as_str()))
            .increase("epoch")
            .set("lease_until", number(claim.lease_until.as_millis()))
            .set_text("claim", &claim.token);
        let update = more(to(update, State::Running, now));
        Ok(match self.update(update, "claiming the job").await? {
            Written::Made(row) => Claimed::Won(Box::new(read(row)?)),
            Written::Refused(row) => Claimed::Refused(row.map(read).transpose()?.map(Box::new)),
        })
    }

    /// Records that the epoch that `job` is in has succeeded; `false` when a newer epoch holds the job.
    ///
    /// The row goes at `expires_at`, or with its parent.
    pub async fn finish_job(
        &self,
        job: &Job,
        made: &Made,
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let update = outcome_of(job, State::Succeeded, State::Succeeded.as_str(), now)?
            .set("output", value_of(&made.output)?)
            .set_if_some("stored_bytes", (made.stored_bytes > 0).then(|| number(made.stored_bytes)))
            .set_if_some("expires_at", expires_at.map(|at| number(at.as_secs())))
            .remove(&["failure"])
            .remove(&WAIT);
        self.record_outcome(job, update).await
    }

    /// Records that the epoch that `job` is in has failed, and what follows; `false` when a newer epoch holds the job.
    pub async fn fail_job(
        &self,
        job: &Job,
        failure: &Failure,
        next: Next,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let update = follow_by(job, &failure.code, next, now)?.set("failure", value_of(failure)?);
        self.record_outcome(job, update).await
    }

    /// Records that the time of the job has not come, and when it has; `false` when a newer epoch holds the job.
    pub async fn defer_job(&self, job: &Job, next: Next, now: Timestamp) -> Result<bool, Fault> {
        self.record_outcome(job, follow_by(job, "deferred", next, now)?.count("deferrals")).await
    }

    /// Records an outcome. When the row shows that this very epoch's outcome is recorded, the answer to it was lost.
    async fn record_outcome(&self, job: &Job, update: Update) -> Result<bool, Fault> {
        match self.update(update, "recording the outcome").await? {
            Written::Made(_) => Ok(true),
            Written::Refused(None) => Ok(false),
            Written::Refused(Some(row)) => {
                let current: Job = read(row)?;
                Ok(current.epoch == job.epoch && current.attempts > job.attempts)
            }
        }
    }

    /// Records that a job is dead without running it, if it still is as it was seen; `false` when it is not.
    pub async fn mark_job_dead(&self, seen: &Job, failure: &Failure, now: Timestamp) -> Result<bool, Fault> {
        let condition = "#epoch = :epoch AND #dispatch = :dispatch \
                         AND (#state = :queued OR (#state = :running AND #lease_until < :now))";
        let update = Update::new(key(&seen.tenant, &seen.id), condition)
            .with(":epoch", number(seen.epoch))
            .with(":dispatch", number(seen.dispatch))
            .with(":queued", string(State::Queued.as_str()))
            .with(":running", string(State::Running.as_str()))
            .with(":now", number(now.as_millis()))
            .set("failure", value_of(failure)?)
            .set("expires_at", number((now + RETENTION).as_secs()))
            .remove(&RUN)
            .remove(&WAIT);
        let written = self.update(to(update, State::Dead, now), "recording that the job is dead").await?;
        Ok(matches!(written, Written::Made(_)))
    }
}

/// The attributes that a job has while it runs.
const RUN: [&str; 2] = ["lease_until", "claim"];

/// The attributes that a job has while it waits for its time.
pub(super) const WAIT: [&str; 2] = ["due_at", "due_shard"];

/// The fence: only the newest epoch, while it runs, may record how it ended.
const RUNS_THIS_EPOCH: &str = "#epoch = :epoch AND #state = :running";

/// The change into another state that every write makes alike.
pub(super) fn to(update: Update, state: State, now: Timestamp) -> Update {
    update.set_text("state", state.as_str()).set("updated_at", number(now.as_millis()))
}

/// The change that every outcome of the epoch that `job` is in makes alike.
fn outcome_of(job: &Job, state: State, code: &str, now: Timestamp) -> Result<Update, Fault> {
    let update = Update::new(key(&job.tenant, &job.id), RUNS_THIS_EPOCH)
        .with(":epoch", number(job.epoch))
        .with(":running", string(State::Running.as_str()))
        .increase("attempts")
        .set("timeline", value_of(&job.timeline_with(code, now))?)
        .remove(&RUN);
    Ok(to(update, state, now))
}

/// The change that ends the epoch that `job` is in without an output.
fn follow_by(job: &Job, code: &str, next: Next, now: Timestamp) -> Result<Update, Fault> {
    Ok(match next {
        Next::Queue { due_at } => outcome_of(job, State::Queued, code, now)?
            .increase("dispatch")
            .set("due_at", number(due_at.as_millis())),
        Next::Wait { due_at } => outcome_of(job, State::Waiting, code, now)?
            .set("due_at", number(due_at.as_millis()))
            .set("due_shard", string(shard_of(job.id.as_str()))),
        Next::Die => outcome_of(job, State::Dead, code, now)?
            .set("expires_at", number((now + RETENTION).as_secs()))
            .remove(&WAIT),
    })
}

pub(super) fn key(tenant: &Tenant, id: &JobId) -> Key {
    Key::new(format!("{tenant}#{id}"), RowKind::Job.text())
}

fn input_key(tenant: &Tenant, id: &JobId) -> Key {
    Key::new(format!("{tenant}#{id}"), RowKind::JobInput.text())
}

#[cfg(test)]
mod tests;
