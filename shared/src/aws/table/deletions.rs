//! The deletion of an upload: its row is marked, its jobs are ended, and what is left remembers it for a while.

use crate::aws::table::{Table, Update, Written, jobs, listings, number, read, row_of, string, uploads};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::id::UploadId;
use crate::job::{self, Job};
use crate::tenant::Tenant;
use crate::upload::{RETENTION, State, Upload};

impl Table {
    /// Marks an upload as deleted for everyone: in any state, or only as it was `seen`. Returns the row as it is then.
    pub async fn begin_deletion(
        &self,
        tenant: &Tenant,
        id: &UploadId,
        seen: Option<&Upload>,
        now: Timestamp,
    ) -> Result<Option<Upload>, Fault> {
        const IS_THERE: &str = "attribute_exists(#pk) AND #state <> :deleting AND #state <> :deleted";
        let key = uploads::key(tenant, id);
        let update = match seen {
            None => Update::new(key, IS_THERE),
            Some(seen) => {
                Update::new(key, format!("{IS_THERE} AND #state = :seen AND #updated_at = :seen_at"))
                    .with(":seen", string(seen.state.as_str()))
                    .with(":seen_at", number(seen.updated_at.as_millis()))
            }
        };
        let update = update
            .with(":deleting", string(State::Deleting.as_str()))
            .with(":deleted", string(State::Deleted.as_str()))
            // A row that would expire before its objects are gone would leave them behind.
            .remove(&["expires_at"]);
        match self.update(uploads::to(update, State::Deleting, now), "deleting the upload").await? {
            Written::Made(row) => read(row).map(Some),
            Written::Refused(row) => row.map(read).transpose(),
        }
    }

    /// Replaces the row by what remembers the upload, and the request that made it. Nothing else of the row is left,
    /// whatever it holds.
    pub async fn finish_deletion(&self, upload: &Upload, now: Timestamp) -> Result<(), Fault> {
        let mut row = row_of(&upload.remembered(now))?;
        row.extend(listings::entry(
            listings::Listing::Uploads,
            &upload.tenant,
            upload.id.as_str(),
            upload.created_at,
        ));
        row.insert("expires_at".to_owned(), number((now + RETENTION).as_secs()));
        let key = uploads::key(&upload.tenant, &upload.id);
        let values = vec![(":deleting", string(State::Deleting.as_str()))];
        let doing = "recording that the upload is deleted";
        self.put_if("#state = :deleting", values, &key, row, doing).await?;
        Ok(())
    }

    /// Puts a cancelled job where none is, so that none can be put there later; `false` when there is one.
    pub async fn put_cancelled_job(&self, job: &Job, now: Timestamp) -> Result<bool, Fault> {
        let mut row = row_of(job)?;
        row.insert("expires_at".to_owned(), number((now + job::RETENTION).as_secs()));
        let written = self.put_new(&jobs::key(&job.tenant, &job.id), row, "cancelling a job").await?;
        Ok(matches!(written, Written::Made(_)))
    }

    /// Ends a job that has not ended. Returns the job as it is then.
    pub async fn cancel_job(&self, seen: &Job, now: Timestamp) -> Result<Option<Job>, Fault> {
        let condition = "#state = :queued OR #state = :waiting OR #state = :running";
        let update = Update::new(jobs::key(&seen.tenant, &seen.id), condition)
            .with(":queued", string(job::State::Queued.as_str()))
            .with(":waiting", string(job::State::Waiting.as_str()))
            .with(":running", string(job::State::Running.as_str()))
            .set("expires_at", number((now + job::RETENTION).as_secs()))
            .remove(&["claim"])
            .remove(&jobs::WAIT);
        match self.update(jobs::to(update, job::State::Cancelled, now), "cancelling a job").await? {
            Written::Made(row) => read(row).map(Some),
            Written::Refused(row) => row.map(read).transpose(),
        }
    }

    /// Has the row of a job that succeeded go with its upload's; any other that has ended goes by itself.
    pub async fn expire_job(&self, job: &Job, now: Timestamp) -> Result<(), Fault> {
        if job.state != job::State::Succeeded {
            return Ok(());
        }
        let update = Update::new(jobs::key(&job.tenant, &job.id), "attribute_exists(#pk)")
            .set("expires_at", number((now + job::RETENTION).as_secs()));
        self.update(update, "expiring a job").await?;
        Ok(())
    }
}
