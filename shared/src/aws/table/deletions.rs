//! The deletion of an upload: its row is marked, its jobs are ended, and what is left remembers it for a while.

use crate::aws::table::due_jobs::{self, AHEAD};
use crate::aws::table::{Table, Update, Written, jobs, number, read, row_of, string, uploads};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::id::UploadId;
use crate::job::{self, Job};
use crate::tenant::Tenant;
use crate::upload::{RETENTION, State, Upload};

impl Table {
    /// Marks an upload as deleted for everyone: in any state, or only as it was `seen`. Answers the row as it is then.
    pub async fn begin_deletion(
        &self,
        tenant: &Tenant,
        id: &UploadId,
        seen: Option<&Upload>,
        now: Timestamp,
    ) -> Result<Option<Upload>, Fault> {
        let mut values = vec![
            (":deleting", string(State::Deleting.as_str())),
            (":deleted", string(State::Deleted.as_str())),
            (":now", number(now.as_millis())),
        ];
        let condition = match seen {
            None => "attribute_exists(#pk) AND #state <> :deleting AND #state <> :deleted",
            Some(seen) => {
                values.push((":seen", string(seen.state.as_str())));
                values.push((":seen_at", number(seen.updated_at.as_millis())));
                "#state = :seen AND #updated_at = :seen_at AND #state <> :deleting AND #state <> :deleted"
            }
        };
        let update = Update {
            key: uploads::key(tenant, id),
            // A row that would expire before its objects are gone would leave them behind.
            change: "SET #state = :deleting, #updated_at = :now REMOVE #expires_at".into(),
            condition,
            values,
        };
        match self.update(update, "deleting the upload").await? {
            Written::Made(row) => read(row).map(Some),
            Written::Refused(row) => row.map(read).transpose(),
        }
    }

    /// Has the objects of a deleted upload removed once more, in the minute after `until`.
    pub async fn defer_purge(&self, upload: &Upload, until: Timestamp, now: Timestamp) -> Result<(), Fault> {
        let update = Update {
            key: uploads::key(&upload.tenant, &upload.id),
            change: "SET #due_shard = :due_shard, #due_at = :due_at, #updated_at = :now".into(),
            condition: "#state = :deleting",
            values: vec![
                (":deleting", string(State::Deleting.as_str())),
                (":due_shard", string(due_jobs::shard_of(upload.id.as_str()))),
                (":due_at", number((until + AHEAD).as_millis())),
                (":now", number(now.as_millis())),
            ],
        };
        self.update(update, "putting the removal of objects off").await?;
        Ok(())
    }

    /// Leaves of the row what remembers the upload, and the record of the request that made it.
    pub async fn finish_deletion(&self, upload: &Upload, now: Timestamp) -> Result<(), Fault> {
        let update = Update {
            key: uploads::key(&upload.tenant, &upload.id),
            change:
                "SET #state = :deleted, #filename = :nothing, #expires_at = :expires_at, #updated_at = :now \
                     REMOVE #recipe, #named_recipe, #etag, #sha256, #image, #done, #failed, #rejection, #due_shard, #due_at"
                    .into(),
            condition: "#state = :deleting",
            values: vec![
                (":deleting", string(State::Deleting.as_str())),
                (":deleted", string(State::Deleted.as_str())),
                (":nothing", string("")),
                (":expires_at", number((now + RETENTION).as_secs())),
                (":now", number(now.as_millis())),
            ],
        };
        self.update(update, "recording that the upload is deleted").await?;
        Ok(())
    }

    /// Puts a cancelled job where none is, so that none can be put there later; `false` when there is one.
    pub async fn put_cancelled_job(&self, job: &Job, now: Timestamp) -> Result<bool, Fault> {
        let mut row = row_of(job)?;
        row.insert("expires_at".to_owned(), number((now + job::RETENTION).as_secs()));
        let written = self.put_new(&jobs::key(&job.tenant, &job.id), row, "cancelling a job").await?;
        Ok(matches!(written, Written::Made(_)))
    }

    /// Ends a job that has not ended. Answers the job as it is then.
    pub async fn cancel_job(&self, seen: &Job, now: Timestamp) -> Result<Option<Job>, Fault> {
        let update = Update {
            key: jobs::key(&seen.tenant, &seen.id),
            change: "SET #state = :cancelled, #expires_at = :expires_at, #updated_at = :now \
                     REMOVE #claim, #due_at, #due_shard"
                .into(),
            condition: "#state = :queued OR #state = :waiting OR #state = :running",
            values: vec![
                (":queued", string(job::State::Queued.as_str())),
                (":waiting", string(job::State::Waiting.as_str())),
                (":running", string(job::State::Running.as_str())),
                (":cancelled", string(job::State::Cancelled.as_str())),
                (":expires_at", number((now + job::RETENTION).as_secs())),
                (":now", number(now.as_millis())),
            ],
        };
        match self.update(update, "cancelling a job").await? {
            Written::Made(row) => read(row).map(Some),
            Written::Refused(row) => row.map(read).transpose(),
        }
    }

    /// Has the row of a job that succeeded go with its upload's; any other that has ended goes by itself.
    pub async fn expire_job(&self, job: &Job, now: Timestamp) -> Result<(), Fault> {
        if job.state != job::State::Succeeded {
            return Ok(());
        }
        let update = Update {
            key: jobs::key(&job.tenant, &job.id),
            change: "SET #expires_at = :expires_at".into(),
            condition: "attribute_exists(#pk)",
            values: vec![(":expires_at", number((now + job::RETENTION).as_secs()))],
        };
        self.update(update, "letting a job go").await?;
        Ok(())
    }
}
