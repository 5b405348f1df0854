//! Jobs. Each write is conditional on what decides that it may be made: see [`crate::job`].

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::table::due_shard::shard_of;
use crate::aws::table::{Key, RowKind, Table, Update, Written, number, read, row_of, string, value_of};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::id::JobId;
use crate::job::{Delivery, Ended, Failure, Job, Made, Next, RETENTION, State};
use crate::tenant::Tenant;

mod submitted;

pub use submitted::Reached;

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
    pub async fn put_job_input(&self, job: &Job, input: &Value, expires_at: Timestamp) -> Result<(), Fault> {
        let row = row_of(&InputRow { input: input.clone(), expires_at: expires_at.as_secs() })?;
        self.put_new(&input_key(job), row, "storing a job's input").await?;
        Ok(())
    }

    /// Reads the input of a job that has an item of its own.
    pub async fn get_job_input(&self, job: &Job) -> Result<Value, Fault> {
        const DOING: &str = "reading a job's input";
        let row: Option<InputRow> = self.get(&input_key(job), DOING).await?;
        Ok(row.ok_or_else(|| Fault::new(DOING, "its item is missing"))?.input)
    }

    /// The job with its input, wherever that is.
    pub async fn with_input(&self, job: &Job) -> Result<Job, Fault> {
        let input = if job.input_apart { self.get_job_input(job).await? } else { job.input.clone() };
        Ok(Job { input, ..job.clone() })
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
                         AND #state = :queued AND #epoch = #attempts \
                         AND (attribute_not_exists(#start_by) OR #start_by >= :now OR #epoch > :none)";
        let more = |update: Update| update.with(":now", number(now.as_millis())).with(":none", number(0));
        self.claim(delivery, condition, claim, now, more).await
    }

    /// Claims a job that was seen as `seen`, and whose earlier epoch ended without an outcome.
    pub async fn claim_suspect(&self, seen: &Job, claim: &Claim, now: Timestamp) -> Result<Claimed, Fault> {
        let condition = "#dispatch = :dispatch AND #accepted_at = :accepted_at AND #epoch = :epoch \
                         AND (#state = :queued OR (#state = :running AND #lease_until < :now)) \
                         AND attribute_not_exists(#cancel_requested)";
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
        let code = State::Succeeded.as_str();
        let ended = Ended { code, status: made.status, due_at: None };
        let update = outcome_of(job, State::Succeeded, ended, now)?
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
        self.end_epoch(job, &failure.code, Some(failure), next, now, |update| update).await
    }

    /// Records that the time of the job has not come, and when it has; `false` when a newer epoch holds the job.
    pub async fn defer_job(
        &self,
        job: &Job,
        failure: Option<&Failure>,
        next: Next,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let code = failure.map_or("deferred", |failure| &failure.code);
        self.end_epoch(job, code, failure, next, now, |update| update.count("deferrals")).await
    }

    /// Ends an epoch without an output. A job that was to be cancelled meanwhile is not run again, whatever was to follow.
    async fn end_epoch(
        &self,
        job: &Job,
        code: &str,
        failure: Option<&Failure>,
        next: Next,
        now: Timestamp,
        more: impl FnOnce(Update) -> Update,
    ) -> Result<bool, Fault> {
        let ended = Ended { code, status: failure.and_then(|failure| failure.status), due_at: next.due_at() };
        let failed = failure.map(value_of).transpose()?;
        let update = more(follow_by(job, ended, next, now)?).set_if_some("failure", failed.clone());
        match self.update(update, "recording the outcome").await? {
            Written::Made(_) => Ok(true),
            Written::Refused(None) => Ok(false),
            Written::Refused(Some(row)) => {
                let current: Job = read(row)?;
                if current.cancel_requested && current.epoch == job.epoch && current.state == State::Running {
                    let ended = Ended { due_at: None, ..ended };
                    let update = ends_for_good(outcome_of(job, State::Cancelled, ended, now)?, now);
                    return self.record_outcome(job, update.set_if_some("failure", failed)).await;
                }
                Ok(is_recorded(job, &current))
            }
        }
    }

    /// Records an outcome. When the row shows that this very epoch's outcome is recorded, the answer to it was lost.
    async fn record_outcome(&self, job: &Job, update: Update) -> Result<bool, Fault> {
        match self.update(update, "recording the outcome").await? {
            Written::Made(_) => Ok(true),
            Written::Refused(None) => Ok(false),
            Written::Refused(Some(row)) => Ok(is_recorded(job, &read(row)?)),
        }
    }

    /// Ends a job without running it, if it still is as it was seen; `false` when it is not. No epoch of it may have a lease.
    pub async fn end_job_unrun(
        &self,
        seen: &Job,
        state: State,
        failure: Option<&Failure>,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let condition = "#epoch = :epoch AND #dispatch = :dispatch \
                         AND (#state = :queued OR (#state = :running AND #lease_until < :now))";
        let update = Update::new(key(&seen.tenant, &seen.id), condition)
            .with(":epoch", number(seen.epoch))
            .with(":dispatch", number(seen.dispatch))
            .with(":queued", string(State::Queued.as_str()))
            .with(":running", string(State::Running.as_str()))
            .with(":now", number(now.as_millis()))
            .set_if_some("failure", failure.map(value_of).transpose()?)
            .remove(&RUN);
        let update = ends_for_good(to(update, state, now), now);
        let written = self.update(update, "recording that the job has ended").await?;
        Ok(matches!(written, Written::Made(_)))
    }
}

/// The attributes that a job has while it runs.
const RUN: [&str; 3] = ["lease_until", "claim", "cancel_requested"];

/// The attributes that a job has while it waits for its time.
pub(super) const WAIT: [&str; 2] = ["due_at", "due_shard"];

/// The fence: only the newest epoch, while it runs, may record how it ended.
const RUNS_THIS_EPOCH: &str = "#epoch = :epoch AND #state = :running";

/// The change into another state that every write makes alike.
pub(super) fn to(update: Update, state: State, now: Timestamp) -> Update {
    update.set_text("state", state.as_str()).set("updated_at", number(now.as_millis()))
}

/// The change that every outcome of the epoch that `job` is in makes alike.
fn outcome_of(job: &Job, state: State, ended: Ended<'_>, now: Timestamp) -> Result<Update, Fault> {
    let update = Update::new(key(&job.tenant, &job.id), RUNS_THIS_EPOCH)
        .with(":epoch", number(job.epoch))
        .with(":running", string(State::Running.as_str()))
        .increase("attempts")
        .set("timeline", value_of(&job.timeline_with(ended, now))?)
        .remove(&RUN);
    Ok(to(update, state, now))
}

/// The change that ends the epoch that `job` is in without an output.
fn follow_by(job: &Job, ended: Ended<'_>, next: Next, now: Timestamp) -> Result<Update, Fault> {
    let outcome = |state| outcome_of(job, state, ended, now);
    let unless_cancelled = |update: Update| update.and("attribute_not_exists(#cancel_requested)");
    Ok(match next {
        Next::Queue { due_at } => unless_cancelled(outcome(State::Queued)?)
            .increase("dispatch")
            .set("due_at", number(due_at.as_millis())),
        Next::Wait { due_at } => unless_cancelled(waits_until(outcome(State::Waiting)?, &job.id, due_at)),
        Next::Pause => unless_cancelled(outcome(State::Paused)?).remove(&WAIT),
        Next::Die => ends_for_good(outcome(State::Dead)?, now),
    })
}

/// The change that puts a job into the due index.
fn waits_until(update: Update, id: &JobId, due_at: Timestamp) -> Update {
    let shard = string(shard_of(id.as_str()));
    update.set("due_at", number(due_at.as_millis())).set("due_shard", shard)
}

/// The change after which a job runs no more.
fn ends_for_good(update: Update, now: Timestamp) -> Update {
    update.set("expires_at", number((now + RETENTION).as_secs())).remove(&WAIT)
}

/// Whether the row shows the outcome of the very epoch that `job` is in.
fn is_recorded(job: &Job, current: &Job) -> bool {
    current.epoch == job.epoch && current.attempts > job.attempts
}

pub(super) fn key(tenant: &Tenant, id: &JobId) -> Key {
    Key::new(format!("{tenant}#{id}"), RowKind::Job.text())
}

/// The input of a submitted job is told by its request: another one under the same `Idempotency-Key` may have stored its
/// own, and have been refused since.
fn input_key(job: &Job) -> Key {
    let name = job.submission.as_ref().map(|submission| format!("#{}", submission.fingerprint));
    let sk = format!("{}{}", RowKind::JobInput.text(), name.unwrap_or_default());
    Key::new(format!("{}#{}", job.tenant, job.id), &sk)
}

#[cfg(test)]
mod tests;
