//! Jobs. Each write is conditional on what decides that it may be made: see [`crate::job`].

use aws_sdk_dynamodb::types::AttributeValue;

use crate::aws::table::{Key, Table, Update, Written, number, read, row_of, string, value_of};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::id::JobId;
use crate::job::{Delivery, Failure, Job, Next, RETENTION, State};
use crate::media::Product;
use crate::tenant::Tenant;

/// What a claim writes.
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

impl Table {
    /// Accepts a job unless it is there already; `false` when it was.
    pub async fn put_job(&self, job: &Job) -> Result<bool, Fault> {
        let written = self.put_new(&key(&job.tenant, &job.id), row_of(job)?, "accepting the job").await?;
        Ok(matches!(written, Written::Made(_)))
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
        let update = Update {
            key: key(&delivery.tenant, &delivery.job),
            change: CLAIM.into(),
            condition: "#dispatch = :dispatch AND #accepted_at = :accepted_at \
                        AND #state = :queued AND #epoch = #attempts",
            values: claim_values(delivery, claim, now),
        };
        self.claim(update).await
    }

    /// Claims a job that was seen as `seen`, and whose earlier epoch ended without an outcome.
    pub async fn claim_suspect(&self, seen: &Job, claim: &Claim, now: Timestamp) -> Result<Claimed, Fault> {
        let mut values = claim_values(&seen.delivery(), claim, now);
        values.push((":epoch", number(seen.epoch)));
        let update = Update {
            key: key(&seen.tenant, &seen.id),
            change: CLAIM.into(),
            condition: "#dispatch = :dispatch AND #accepted_at = :accepted_at AND #epoch = :epoch \
                        AND (#state = :queued OR (#state = :running AND #lease_until < :now))",
            values,
        };
        self.claim(update).await
    }

    async fn claim(&self, update: Update) -> Result<Claimed, Fault> {
        Ok(match self.update(update, "claiming the job").await? {
            Written::Made(row) => Claimed::Won(Box::new(read(row)?)),
            Written::Refused(row) => Claimed::Refused(row.map(read).transpose()?.map(Box::new)),
        })
    }

    /// Records that the epoch that `job` is in has succeeded; `false` when a newer epoch holds the job.
    pub async fn finish_job(
        &self,
        job: &Job,
        product: Option<&Product>,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let mut change = "SET #state = :succeeded, #attempts = #attempts + :one, #timeline = :timeline, \
                          #updated_at = :now"
            .to_owned();
        let mut values = vec![
            (":epoch", number(job.epoch)),
            (":running", string(State::Running.as_str())),
            (":succeeded", string(State::Succeeded.as_str())),
            (":one", number(1)),
            (":timeline", value_of(&job.timeline_with(State::Succeeded.as_str(), now))?),
            (":now", number(now.as_millis())),
        ];
        if let Some(product) = product {
            change.push_str(", #product = :product");
            values.push((":product", value_of(product)?));
        }
        change.push_str(" REMOVE #lease_until, #claim, #due_at, #failure");
        let key = key(&job.tenant, &job.id);
        let update = Update { key, change: change.into(), condition: RUNS_THIS_EPOCH, values };
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
        let mut values = vec![
            (":epoch", number(job.epoch)),
            (":running", string(State::Running.as_str())),
            (":one", number(1)),
            (":failure", value_of(failure)?),
            (":timeline", value_of(&job.timeline_with(&failure.code, now))?),
            (":now", number(now.as_millis())),
        ];
        let change = match next {
            Next::Queue { due_at } => {
                values.push((":queued", string(State::Queued.as_str())));
                values.push((":due_at", number(due_at.as_millis())));
                "SET #state = :queued, #attempts = #attempts + :one, #dispatch = #dispatch + :one, \
                 #due_at = :due_at, #failure = :failure, #timeline = :timeline, #updated_at = :now \
                 REMOVE #lease_until, #claim"
            }
            Next::Wait { due_at } => {
                values.push((":waiting", string(State::Waiting.as_str())));
                values.push((":due_at", number(due_at.as_millis())));
                values.push((":due_shard", string(super::due_jobs::shard_of(job.id.as_str()))));
                "SET #state = :waiting, #attempts = #attempts + :one, #due_at = :due_at, \
                 #due_shard = :due_shard, #failure = :failure, #timeline = :timeline, #updated_at = :now \
                 REMOVE #lease_until, #claim"
            }
            Next::Die => {
                values.push((":dead", string(State::Dead.as_str())));
                values.push((":expires_at", number((now + RETENTION).as_secs())));
                "SET #state = :dead, #attempts = #attempts + :one, #expires_at = :expires_at, \
                 #failure = :failure, #timeline = :timeline, #updated_at = :now \
                 REMOVE #lease_until, #claim, #due_at"
            }
        };
        let key = key(&job.tenant, &job.id);
        let update = Update { key, change: change.into(), condition: RUNS_THIS_EPOCH, values };
        self.record_outcome(job, update).await
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
        let update = Update {
            key: key(&seen.tenant, &seen.id),
            change: "SET #state = :dead, #failure = :failure, #expires_at = :expires_at, #updated_at = :now \
                     REMOVE #lease_until, #claim, #due_at"
                .into(),
            condition: "#epoch = :epoch AND #dispatch = :dispatch \
                        AND (#state = :queued OR (#state = :running AND #lease_until < :now))",
            values: vec![
                (":epoch", number(seen.epoch)),
                (":dispatch", number(seen.dispatch)),
                (":queued", string(State::Queued.as_str())),
                (":running", string(State::Running.as_str())),
                (":dead", string(State::Dead.as_str())),
                (":failure", value_of(failure)?),
                (":expires_at", number((now + RETENTION).as_secs())),
                (":now", number(now.as_millis())),
            ],
        };
        let written = self.update(update, "recording that the job is dead").await?;
        Ok(matches!(written, Written::Made(_)))
    }
}

const CLAIM: &str = "SET #state = :running, #epoch = #epoch + :one, #lease_until = :lease_until, \
                     #claim = :claim, #updated_at = :now";

fn claim_values(delivery: &Delivery, claim: &Claim, now: Timestamp) -> Vec<(&'static str, AttributeValue)> {
    vec![
        (":dispatch", number(delivery.dispatch)),
        (":accepted_at", number(delivery.accepted_at.as_millis())),
        (":queued", string(State::Queued.as_str())),
        (":one", number(1)),
        (":running", string(State::Running.as_str())),
        (":lease_until", number(claim.lease_until.as_millis())),
        (":claim", string(&claim.token)),
        (":now", number(now.as_millis())),
    ]
}

/// The fence: only the newest epoch, while it runs, may record how it ended.
const RUNS_THIS_EPOCH: &str = "#epoch = :epoch AND #state = :running";

pub(super) fn key(tenant: &Tenant, id: &JobId) -> Key {
    Key::new(format!("{tenant}#{id}"), SK)
}

pub(super) const SK: &str = "job";

#[cfg(test)]
mod tests;
