//! Uploads. A write that finds the upload moved on changes nothing: every event comes more than once.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use crate::aws::table::{Key, Table, Update, Written, listings, number, read, row_of, string, value_of};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::id::UploadId;
use crate::media::Product;
use crate::recipe::Recipe;
use crate::tenant::Tenant;
use crate::upload::{Image, Place, RETENTION, Rejection, State, StepEnd, Upload};

/// A recipe that is too long to sit in its upload's row.
#[derive(Serialize, Deserialize)]
struct RecipeRow {
    recipe: Recipe,
}

impl Table {
    /// Accepts an upload; answers the one that is there already, if there is one.
    ///
    /// A recipe that has an item of its own is written first: a row without its recipe could never be carried out,
    /// while a recipe without its row is met by the next try of the same request.
    pub async fn put_upload(&self, upload: &Upload, recipe: Option<Recipe>) -> Result<Option<Upload>, Fault> {
        put_recipe_apart(self, upload, recipe).await?;
        let mut row = row_of(upload)?;
        row.extend(listings::entry(&upload.tenant, upload.id.as_str(), upload.created_at));
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
        let update = Update {
            key: recipe_key(upload),
            change: "SET #expires_at = :expires_at".into(),
            condition: "attribute_exists(#pk)",
            values: vec![(":expires_at", number((now + RETENTION).as_secs()))],
        };
        self.update(update, "letting the recipe go").await?;
        Ok(())
    }

    /// Records that the announced bytes have arrived; a file without steps is ready with that.
    ///
    /// Answers the upload as it stands when it is pending no more; so do the other ways out of `pending`.
    pub async fn mark_received(
        &self,
        upload: &Upload,
        etag: &str,
        now: Timestamp,
    ) -> Result<Option<Upload>, Fault> {
        let state = if upload.step_count == 0 { State::Ready } else { State::Received };
        let change = "SET #state = :state, #etag = :etag, #updated_at = :now";
        let values = vec![
            (":pending", string(State::Pending.as_str())),
            (":state", string(state.as_str())),
            (":etag", string(etag)),
            (":now", number(now.as_millis())),
        ];
        self.leave_pending(upload, change, values, "recording that the bytes arrived").await
    }

    /// Records that what arrived is not acceptable.
    pub async fn reject_upload(
        &self,
        upload: &Upload,
        why: &Rejection,
        now: Timestamp,
    ) -> Result<Option<Upload>, Fault> {
        let change =
            "SET #state = :state, #rejection = :rejection, #expires_at = :expires_at, #updated_at = :now";
        let values = vec![
            (":pending", string(State::Pending.as_str())),
            (":state", string(State::Rejected.as_str())),
            (":rejection", value_of(why)?),
            (":expires_at", number((now + RETENTION).as_secs())),
            (":now", number(now.as_millis())),
        ];
        self.leave_pending(upload, change, values, "rejecting the upload").await
    }

    /// Records that the bytes never arrived.
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
        let change = "SET #state = :state, #expires_at = :expires_at, #updated_at = :now";
        let values = vec![
            (":pending", string(State::Pending.as_str())),
            (":state", string(state.as_str())),
            (":expires_at", number((now + RETENTION).as_secs())),
            (":now", number(now.as_millis())),
        ];
        self.leave_pending(upload, change, values, "recording that the upload was given up").await
    }

    /// Answers the upload as it stands when it is pending no more.
    async fn leave_pending(
        &self,
        upload: &Upload,
        change: &'static str,
        values: Vec<(&'static str, AttributeValue)>,
        doing: &'static str,
    ) -> Result<Option<Upload>, Fault> {
        let key = key(&upload.tenant, &upload.id);
        let update = Update { key, change: change.into(), condition: "#state = :pending", values };
        match self.update(update, doing).await? {
            Written::Made(_) => Ok(None),
            Written::Refused(current) => current.map(read).transpose(),
        }
    }

    /// Adds steps that ended to the upload's sets: one write for all of them, harmless when repeated.
    pub async fn add_ended_steps(
        &self,
        place: Place,
        ends: &BTreeMap<String, StepEnd>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let mut set = "SET #state = :processing, #updated_at = :now".to_owned();
        let mut add = Vec::new();
        let mut values = vec![
            (":received", string(State::Received.as_str())),
            (":processing", string(State::Processing.as_str())),
            (":now", number(now.as_millis())),
        ];
        let facts = ends.values().find_map(|end| match end {
            StepEnd::Made(Product::Image(image)) => image.original.as_ref(),
            _ => None,
        });
        if let Some(facts) = facts {
            set.push_str(", #image = :image");
            values.push((":image", value_of(&Image::from(facts))?));
        }
        let rejection = ends.values().find_map(|end| match end {
            StepEnd::Rejected(rejection) => Some(rejection),
            _ => None,
        });
        if let Some(rejection) = rejection {
            set.push_str(", #rejection = :rejection");
            values.push((":rejection", value_of(rejection)?));
        }
        let (done, failed): (Vec<_>, Vec<_>) =
            ends.iter().partition(|(_, end)| matches!(end, StepEnd::Made(_) | StepEnd::Verified));
        for (names, clause, placeholder) in
            [(done, "#done :done", ":done"), (failed, "#failed :failed", ":failed")]
        {
            if !names.is_empty() {
                add.push(clause);
                let names = names.into_iter().map(|(name, _)| name.clone()).collect();
                values.push((placeholder, AttributeValue::Ss(names)));
            }
        }
        let change = format!("{set} ADD {}", add.join(", "));
        let condition = "#state = :received OR #state = :processing";
        let update = Update { key: parent_row_key(&place), change: change.into(), condition, values };
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
        let mut change = "SET #state = :state, #updated_at = :now".to_owned();
        let mut values = vec![
            (":received", string(State::Received.as_str())),
            (":processing", string(State::Processing.as_str())),
            (":state", string(state.as_str())),
            (":now", number(now.as_millis())),
        ];
        if state.drops_original() {
            change.push_str(", #expires_at = :expires_at");
            values.push((":expires_at", number((now + RETENTION).as_secs())));
        }
        let condition = "#state = :received OR #state = :processing";
        let key = parent_row_key(&upload.place());
        let update = Update { key, change: change.into(), condition, values };
        let written = self.update(update, "concluding the upload").await?;
        Ok(matches!(written, Written::Made(_)))
    }
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

pub(super) const SK: &str = "upload";

pub(super) const RUN_SK_PREFIX: &str = "run#";

/// Another request under the same id has another recipe, even if the upload of the first is gone. The same request has
/// another one if the recipe that it names has changed since a first try that put this row and no more.
fn recipe_key(upload: &Upload) -> Key {
    let version = upload.named_recipe.as_ref().map(|named| format!("@{}", named.version));
    let sk = format!("recipe#{}{}", upload.fingerprint, version.unwrap_or_default());
    Key::new(pk(&upload.tenant, &upload.id), &sk)
}

pub(super) fn pk(tenant: &Tenant, id: &UploadId) -> String {
    format!("{tenant}#{id}")
}

pub(super) fn key(tenant: &Tenant, id: &UploadId) -> Key {
    Key::new(pk(tenant, id), SK)
}

pub(super) fn parent_row_key(place: &Place) -> Key {
    let sk = place.run.map_or_else(|| SK.to_owned(), run_sk);
    Key::new(pk(&place.tenant, &place.upload), &sk)
}

/// Sorts by number.
fn run_sk(number: u32) -> String {
    format!("{RUN_SK_PREFIX}{number:06}")
}
