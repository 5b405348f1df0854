//! Uploads. A write that finds the upload moved on changes nothing: every event comes more than once.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use crate::aws::table::{
    Key, RowKind, Table, Update, Written, listings, number, read, row_of, string, value_of,
};
use crate::clock::Timestamp;
use crate::download::shown_type;
use crate::error::Fault;
use crate::id::UploadId;
use crate::recipe::Recipe;
use crate::tenant::Tenant;
use crate::upload::{EndedSteps, ParentKey, RETENTION, Rejection, State, StoredObject, Upload};

/// A recipe that is too long to sit in its upload's row.
#[derive(Serialize, Deserialize)]
struct RecipeRow {
    recipe: Recipe,
}

impl Table {
    /// Accepts an upload; returns the one that is there already, if there is one.
    ///
    /// A recipe that has an item of its own is written first: a row without its recipe could never be carried out,
    /// while a recipe without its row is met by the next try of the same request.
    pub async fn put_upload(&self, upload: &Upload, recipe: Option<Recipe>) -> Result<Option<Upload>, Fault> {
        put_recipe_apart(self, upload, recipe).await?;
        let mut row = row_of(upload)?;
        row.extend(listings::entry(
            listings::Listing::Uploads,
            &upload.tenant,
            upload.id.as_str(),
            upload.created_at,
        ));
        match self.put_new(&key(&upload.tenant, &upload.id), row, "accepting the upload").await? {
            Written::Made(_) => Ok(None),
            Written::Refused(existing) => existing.map(read).transpose(),
        }
    }

    pub async fn get_upload(&self, tenant: &Tenant, id: &UploadId) -> Result<Option<Upload>, Fault> {
        self.get(&key(tenant, id), "reading the upload").await
    }

    /// All of `ids` that exist, in no order.
    pub async fn get_uploads(&self, tenant: &Tenant, ids: &[UploadId]) -> Result<Vec<Upload>, Fault> {
        let keys: Vec<Key> = ids.iter().map(|id| key(tenant, id)).collect();
        self.get_all(&keys, "reading the uploads").await
    }

    /// The upload's recipe, from its row or from the item of its own.
    pub async fn recipe_of(&self, upload: &Upload) -> Result<Recipe, Fault> {
        let recipe = self.find_recipe(upload).await?;
        recipe.ok_or_else(|| Fault::new("reading the recipe", "its row is missing"))
    }

    /// The upload's recipe; `None` when it had an item of its own that is gone.
    pub async fn find_recipe(&self, upload: &Upload) -> Result<Option<Recipe>, Fault> {
        if upload.recipe.is_some() {
            return Ok(upload.recipe.clone());
        }
        let row: Option<RecipeRow> = self.get(&recipe_key(upload), "reading the recipe").await?;
        Ok(row.map(|row| row.recipe))
    }

    /// Has a recipe that has an item of its own go when its upload does.
    pub async fn expire_recipe(&self, upload: &Upload, now: Timestamp) -> Result<(), Fault> {
        if upload.recipe.is_some() {
            return Ok(());
        }
        let update = Update::new(recipe_key(upload), "attribute_exists(#pk)")
            .set("expires_at", number((now + RETENTION).as_secs()));
        self.update(update, "letting the recipe go").await?;
        Ok(())
    }

    /// Records that the announced bytes are stored; a file without steps is ready with that.
    ///
    /// Returns the upload as it stands when it is pending no more; so do the other ways out of `pending`.
    pub async fn mark_received(
        &self,
        upload: &Upload,
        object: &StoredObject,
        now: Timestamp,
    ) -> Result<Option<Upload>, Fault> {
        let is_unverified = upload.is_unverified_by(object);
        let is_ready = upload.step_count == 0 && !is_unverified;
        let state = if is_ready { State::Ready } else { State::Received };
        let shown_as = shown_type(&upload.content_type, &object.head).map(string);
        let mut update = leaving_pending(upload, state, now)
            .set_text("etag", &object.etag)
            .set_if_some("shown_as", shown_as);
        if is_unverified {
            update = update
                .set("unverified", AttributeValue::Bool(true))
                .set("step_count", number(i64::from(upload.step_count) + 1));
        }
        self.leave_pending(update, "recording that the bytes are stored").await
    }

    /// Records what an import has found out of a pending upload's file: size, type and `ETag`, and S3's name of its parts.
    /// Returns the upload as it is then; `None` when it is no longer as it was `seen`.
    pub async fn describe_import(
        &self,
        seen: &Upload,
        described: &Upload,
        now: Timestamp,
    ) -> Result<Option<Upload>, Fault> {
        let condition = "#state = :pending AND #created_at = :at AND #updated_at = :seen_at";
        let multipart = described.multipart.as_ref().map(value_of).transpose()?;
        let source = described.source.as_ref().map(value_of).transpose()?;
        let mut update = Update::new(key(&seen.tenant, &seen.id), condition)
            .with(":pending", string(State::Pending.as_str()))
            .with(":at", number(seen.created_at.as_millis()))
            .with(":seen_at", number(seen.updated_at.as_millis()))
            .set("size_bytes", number(described.size_bytes))
            .set("step_count", number(described.step_count))
            .set_text("content_type", &described.content_type)
            .set("updated_at", number(now.as_millis()))
            .set_if_some("source", source)
            .set_if_some("multipart", multipart);
        if described.multipart.is_none() {
            update = update.remove(&["multipart"]);
        }
        let described = Upload { updated_at: now, ..described.clone() };
        match self.update(update, "describing an imported file").await? {
            Written::Made(_) => Ok(Some(described)),
            // The answer to the first try may have been lost.
            Written::Refused(current) => {
                let current: Option<Upload> = current.map(read).transpose()?;
                Ok(current.filter(|current| *current == described))
            }
        }
    }

    /// Records that the stored bytes are not acceptable.
    pub async fn reject_upload(
        &self,
        upload: &Upload,
        why: &Rejection,
        now: Timestamp,
    ) -> Result<Option<Upload>, Fault> {
        let update = leaving_pending(upload, State::Rejected, now)
            .set("rejection", value_of(why)?)
            .set("expires_at", number((now + RETENTION).as_secs()));
        self.leave_pending(update, "rejecting the upload").await
    }

    /// Records that the bytes never came.
    pub async fn expire_upload(&self, upload: &Upload, now: Timestamp) -> Result<Option<Upload>, Fault> {
        self.give_up_upload(upload, State::Expired, now).await
    }

    /// Records that the client gave the upload up.
    pub async fn abort_upload(&self, upload: &Upload, now: Timestamp) -> Result<Option<Upload>, Fault> {
        self.give_up_upload(upload, State::Aborted, now).await
    }

    async fn give_up_upload(
        &self,
        upload: &Upload,
        state: State,
        now: Timestamp,
    ) -> Result<Option<Upload>, Fault> {
        let update =
            leaving_pending(upload, state, now).set("expires_at", number((now + RETENTION).as_secs()));
        self.leave_pending(update, "recording that the upload was given up").await
    }

    /// Returns the upload as it stands when it is pending no more.
    async fn leave_pending(&self, update: Update, doing: &'static str) -> Result<Option<Upload>, Fault> {
        match self.update(update, doing).await? {
            Written::Made(_) => Ok(None),
            Written::Refused(current) => current.map(read).transpose(),
        }
    }

    /// Adds steps that ended to the sets of an upload or run that was accepted `at` that time: one write for all of
    /// them, harmless when repeated.
    pub async fn add_ended_steps(
        &self,
        key: &ParentKey,
        at: Option<Timestamp>,
        ends: &EndedSteps,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let names = |names: &BTreeSet<String>| AttributeValue::Ss(names.iter().cloned().collect());
        let mut update = while_under_way(key, at, State::Processing, now);
        if let Some(image) = &ends.image {
            update = update.set("image", value_of(image)?);
        }
        if let Some(rejection) = &ends.rejection {
            update = update.set("rejection", value_of(rejection)?);
        }
        if !ends.done.is_empty() {
            update = update.add("done", names(&ends.done));
        }
        if !ends.failed.is_empty() {
            update = update.add("failed", names(&ends.failed));
        }
        self.update(update, "adding ended steps to the upload").await?;
        Ok(())
    }

    /// Records the state that all the ended steps amount to; `false` when it was recorded before.
    pub async fn conclude_upload(
        &self,
        upload: &Upload,
        state: State,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let expires_at = state.drops_original().then(|| number((now + RETENTION).as_secs()));
        let update = while_under_way(&upload.key(), Some(upload.created_at), state, now)
            .set_if_some("expires_at", expires_at);
        let written = self.update(update, "concluding the upload").await?;
        Ok(matches!(written, Written::Made(_)))
    }
}

/// A change of an upload that is pending into another state.
fn leaving_pending(upload: &Upload, state: State, now: Timestamp) -> Update {
    let update = Update::new(key(&upload.tenant, &upload.id), "#state = :pending")
        .with(":pending", string(State::Pending.as_str()));
    to(update, state, now)
}

/// A change of an upload or run whose steps are under way into another state.
fn while_under_way(key: &ParentKey, at: Option<Timestamp>, state: State, now: Timestamp) -> Update {
    const UNDER_WAY: &str = "(#state = :received OR #state = :processing)";
    let update = match at {
        // Another upload may have had the same id before.
        Some(at) => Update::new(row_key(key), format!("{UNDER_WAY} AND #created_at = :at"))
            .with(":at", number(at.as_millis())),
        None => Update::new(row_key(key), UNDER_WAY),
    };
    let update = update
        .with(":received", string(State::Received.as_str()))
        .with(":processing", string(State::Processing.as_str()));
    to(update, state, now)
}

/// The change into another state that every write makes alike.
pub(super) fn to(update: Update, state: State, now: Timestamp) -> Update {
    update.set_text("state", state.as_str()).set("updated_at", number(now.as_millis()))
}

/// Stores a recipe that has an item of its own, before the row that it belongs to.
pub(super) async fn put_recipe_apart(
    table: &Table,
    upload: &Upload,
    recipe: Option<Recipe>,
) -> Result<(), Fault> {
    if let Some(recipe) = recipe {
        table.put_new(&recipe_key(upload), row_of(&RecipeRow { recipe })?, "storing the recipe").await?;
    }
    Ok(())
}

/// Another request under the same id has another recipe, even if the upload of the first is gone. The same request has
/// another one if the recipe that it names has changed since a first try that put this row and no more.
fn recipe_key(upload: &Upload) -> Key {
    let version = upload.named_recipe.as_ref().map(|named| format!("@{}", named.version));
    let prefix = RowKind::UploadRecipe.text();
    let sk = format!("{prefix}{}{}", upload.fingerprint, version.unwrap_or_default());
    Key::new(pk(&upload.tenant, &upload.id), &sk)
}

pub(super) fn pk(tenant: &Tenant, id: &UploadId) -> String {
    format!("{tenant}#{id}")
}

pub(super) fn key(tenant: &Tenant, id: &UploadId) -> Key {
    Key::new(pk(tenant, id), RowKind::Upload.text())
}

pub(super) fn row_key(key: &ParentKey) -> Key {
    let sk = key.run.map_or_else(|| RowKind::Upload.text().to_owned(), run_sk);
    Key::new(pk(&key.tenant, &key.upload), &sk)
}

/// Sorts by number.
fn run_sk(number: u32) -> String {
    format!("{}{number:06}", RowKind::Run.text())
}
