//! Runs of uploads: rows of their upload's partition, so that whoever deletes it finds them all.

use crate::aws::table::uploads::{pk, put_recipe_apart, row_key};
use crate::aws::table::{RowKind, Table, Update, Written, number, read, row_of, string};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::recipe::Recipe;
use crate::upload::{ParentKey, RETENTION, State, Upload};

impl Table {
    /// Accepts a run; returns the one that is there already under its number, if there is one.
    pub async fn put_run(&self, run: &Upload, recipe: Option<Recipe>) -> Result<Option<Upload>, Fault> {
        put_recipe_apart(self, run, recipe).await?;
        match self.put_new(&row_key(&run.key()), row_of(run)?, "accepting the run").await? {
            Written::Made(_) => Ok(None),
            Written::Refused(existing) => existing.map(read).transpose(),
        }
    }

    pub async fn get_run(&self, key: &ParentKey) -> Result<Option<Upload>, Fault> {
        self.get(&row_key(key), "reading the run").await
    }

    /// All runs under the upload's id, in the order of their numbers: also those of an earlier upload that had it.
    pub async fn list_runs(&self, upload: &Upload) -> Result<Vec<Upload>, Fault> {
        let query = self
            .client
            .query()
            .key_condition_expression("pk = :pk AND begins_with(sk, :runs)")
            .expression_attribute_values(":pk", string(pk(&upload.tenant, &upload.id)))
            .expression_attribute_values(":runs", string(RowKind::Run.text()));
        self.query_all(query, "listing the runs").await
    }

    /// Ends a run whose upload is deleted.
    pub async fn end_run(&self, run: &Upload, now: Timestamp) -> Result<(), Fault> {
        let update = Update::new(row_key(&run.key()), "attribute_exists(#pk) AND #state <> :deleted")
            .with(":deleted", string(State::Deleted.as_str()))
            .set_text("state", State::Deleted.as_str())
            .set("expires_at", number((now + RETENTION).as_secs()))
            .set("updated_at", number(now.as_millis()));
        self.update(update, "ending the run").await?;
        Ok(())
    }
}
