//! The upload: a file that is announced, arrives, and is turned into derivatives.
//!
//! Pure: rows, what arrived and the time go in, decisions come out.

use std::collections::BTreeSet;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::checksum::CHECKSUM_STEP;
use crate::clock::Timestamp;
use crate::fan_in::{Conclusion, Planned, Steps};
use crate::id::UploadId;
use crate::image::{Facts, SourceFormat};
use crate::recipe::{Recipe, RecipeSource, Step};
use crate::request_id::RequestId;
use crate::tenant::Tenant;

mod ended_steps;
mod file_name;
mod identity;
pub mod key;
mod multipart;
mod request;
mod run;
mod source;
mod stored_object;
mod task;

pub use ended_steps::EndedSteps;
pub use file_name::{FILENAME_CHARS_MAX, content_type_of};
pub use key::ParentKey;
pub use multipart::{
    MULTIPART_WINDOW, Multipart, NamedPart, PART_SIZE_BYTES, PARTS_MAX, Plan, SINGLE_BYTES_MAX, StoredPart,
    UNDIVIDED_BYTES,
};
pub use request::{IMAGE_SIZE_BYTES_MAX, Method, SIZE_BYTES_MAX, UploadRequest};
pub use run::{RUN_NUMBER_MAX, RUNS_MAX, RunRequest};
pub use source::{Source, SourceState};
pub use stored_object::{Inspection, StoredObject, inspect};
pub use task::Task;

/// The bytes must arrive within this long of the request.
pub const SEND_WINDOW: Duration = Duration::from_secs(60 * 60);

/// A signed request lives this long; a replay of the `POST` signs anew while the window is open.
pub const SIGNATURE_LIFE_MAX: Duration = Duration::from_secs(15 * 60);

/// A body that began to arrive in time may take this long after the window.
pub const SEND_GRACE: Duration = Duration::from_secs(60 * 60);

/// So long after its request, a form may have been sent again without an event that says so. None is sent after
/// [`SEND_WINDOW`] and [`SEND_GRACE`], and the audit visits every row within six hours.
pub const FORM_WATCH: Duration = Duration::from_secs(12 * 60 * 60);

/// A rejected or expired upload is kept this long, and so is what remembers a deleted one.
pub const RETENTION: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// An upload as it is stored. Attribute names are data: they never change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Upload {
    pub tenant: Tenant,
    pub id: UploadId,
    /// Set on the row of a run, which is the same upload gone through once more with another recipe: of its runs this is
    /// the n-th, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<u32>,
    /// For a run: names the request that asked for it, however often that is repeated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_name: Option<String>,
    /// Id of the request that made the upload; no part of its fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
    pub state: State,
    pub filename: String,
    pub content_type: String,
    pub size_bytes: u64,
    /// SHA-256 of the whole file, in hexadecimal, when the client declared it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// `None` when it is too long to sit in the row and has an item of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Recipe>,
    /// Where the recipe was kept by name when the upload was accepted. Later versions do not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named_recipe: Option<RecipeSource>,
    /// Set when the file is fetched from a URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceState>,
    /// Set when the file comes in parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multipart: Option<Multipart>,
    /// Set when a form sends the file, which intake then copies to the original's key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub form: bool,
    /// How many steps must end, the verification of a declared checksum among them.
    pub step_count: u32,
    /// Fingerprint of the request that made the upload; another request under the same key is refused.
    pub fingerprint: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Set once the bytes have arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Set where S3 reported no digest of the bytes, so that a job has to read them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unverified: bool,
    /// The media type under which a browser may show the file, by its bytes; `None` if it may only save it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_as: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// Names of the steps that made their derivative.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty", with = "serde_dynamo::string_set")]
    pub done: BTreeSet<String>,
    /// Names of the steps that never will.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty", with = "serde_dynamo::string_set")]
    pub failed: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<Rejection>,
}

/// How far the upload has come.
// Stored and public: the words never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "UploadState")]
pub enum State {
    /// The file has not arrived, or not all of it.
    Pending,
    /// The file has arrived and is what was declared.
    Received,
    /// Some steps of the recipe have ended.
    Processing,
    /// Every derivative is there.
    Ready,
    /// The file cannot be used; `rejection` says why. It is removed.
    Rejected,
    /// A derivative could not be made. The original is still there.
    Failed,
    /// The file did not arrive in time.
    Expired,
    /// The client cancelled the upload before the file had arrived.
    Aborted,
    /// It was deleted, and its files are being removed.
    Deleting,
    /// It was deleted, and its files are removed.
    Deleted,
}

impl State {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Received => "received",
            Self::Processing => "processing",
            Self::Ready => "ready",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Aborted => "aborted",
            Self::Deleting => "deleting",
            Self::Deleted => "deleted",
        }
    }

    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Ready | Self::Rejected | Self::Failed | Self::Expired | Self::Aborted | Self::Deleted
        )
    }

    /// Whether nobody is shown the upload any more.
    pub const fn is_gone(self) -> bool {
        matches!(self, Self::Deleting | Self::Deleted)
    }

    /// Whether steps are, or should be, under way.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Received | Self::Processing)
    }

    /// Whether the original is of no more use.
    pub const fn drops_original(self) -> bool {
        matches!(self, Self::Rejected | Self::Expired | Self::Aborted | Self::Deleting | Self::Deleted)
    }
}

/// The facts about the original as an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Image {
    /// By the bytes, whatever media type was announced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<SourceFormat>,
    /// Pixels, upright.
    pub width: u32,
    /// Pixels, upright.
    pub height: u32,
    /// `#rrggbb`.
    pub dominant_color: String,
    /// In base 64; a placeholder of some 25 bytes that looks like the image.
    pub thumbhash: String,
}

impl From<&Facts> for Image {
    fn from(facts: &Facts) -> Self {
        Self {
            format: facts.format,
            width: facts.width,
            height: facts.height,
            dominant_color: facts.dominant_color.clone(),
            thumbhash: facts.thumbhash.clone(),
        }
    }
}

/// Why the bytes are not acceptable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rejection {
    /// Stable, in snake case.
    pub code: String,
    pub detail: String,
}

impl Rejection {
    pub fn new(code: &str, detail: impl Into<String>) -> Self {
        Self { code: code.to_owned(), detail: detail.into() }
    }
}

/// The actions that a change of an upload's row calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FollowUp {
    Nothing,
    /// The file is to be fetched from its source.
    Import,
    /// The bytes have arrived, or something has ended: steps may have become ready, and others will never be.
    Advance,
    /// The last step has ended: record this state.
    Conclude(State),
    /// The original is of no more use: remove it.
    RemoveOriginal,
    /// Somebody asked for it to be deleted: remove all that there is of it.
    Purge,
}

impl Upload {
    /// After this, the client may not begin to send.
    pub fn send_by(&self) -> Timestamp {
        let takes_long = self.multipart.is_some() || self.source.is_some();
        self.created_at + if takes_long { MULTIPART_WINDOW } else { SEND_WINDOW }
    }

    /// Whether a form may have sent a file of no use: one that was sent after the first was stored.
    pub fn may_have_form_file(&self, now: Timestamp) -> bool {
        self.form && self.etag.is_some() && now < self.created_at + FORM_WATCH
    }

    /// The same upload, in parts of what S3 calls `s3_upload_id`.
    pub fn in_parts(mut self, s3_upload_id: String) -> Self {
        self = self.in_one_piece();
        let part_size_bytes = Plan::of(self.size_bytes).part_size_bytes;
        self.multipart = Some(Multipart { s3_upload_id, part_size_bytes });
        self.step_count += u32::from(self.must_be_verified());
        self
    }

    /// The same upload, without parts.
    pub fn in_one_piece(mut self) -> Self {
        self.step_count -= u32::from(self.must_be_verified());
        self.multipart = None;
        self
    }

    /// The size that the request declared; `None` if it is taken from the source.
    pub fn declared_bytes(&self) -> Option<u64> {
        let is_declared = !self.source.as_ref().is_some_and(|source| source.names_size);
        is_declared.then_some(self.size_bytes)
    }

    /// Which bytes each part holds, when the file comes in parts.
    pub fn plan(&self) -> Option<Plan> {
        let part_size_bytes = self.multipart.as_ref()?.part_size_bytes;
        Some(Plan { size_bytes: self.size_bytes, part_size_bytes })
    }

    /// Whether a job must compare the declared checksum: S3 knows none of a whole object that came in parts, and reported
    /// none of another.
    pub const fn must_be_verified(&self) -> bool {
        (self.multipart.is_some() || self.unverified) && self.sha256.is_some()
    }

    /// Whether S3 should have reported a digest and did not.
    pub const fn is_unverified_by(&self, object: &StoredObject) -> bool {
        self.multipart.is_none() && self.sha256.is_some() && object.sha256.is_none()
    }

    /// The row that remembers an upload once it is deleted, and the request that made it: nothing else is left of it.
    pub fn remembered(&self, now: Timestamp) -> Self {
        Self {
            tenant: self.tenant.clone(),
            id: self.id.clone(),
            run: None,
            request_name: None,
            request_id: self.request_id.clone(),
            state: State::Deleted,
            filename: String::new(),
            content_type: self.content_type.clone(),
            size_bytes: self.size_bytes,
            sha256: None,
            recipe: None,
            named_recipe: None,
            source: None,
            multipart: self.multipart.clone(),
            form: self.form,
            step_count: self.step_count,
            fingerprint: self.fingerprint.clone(),
            created_at: self.created_at,
            updated_at: now,
            etag: None,
            unverified: false,
            shown_as: None,
            image: None,
            done: BTreeSet::new(),
            failed: BTreeSet::new(),
            rejection: None,
        }
    }

    /// Decides what a change of the row from `old` to `new` calls for. The same answer whenever it is asked again.
    pub fn follow_up(old: Option<&Upload>, new: &Upload) -> FollowUp {
        let old_state = old.map(|old| old.state);
        if old.is_none() && new.state == State::Pending && new.source.is_some() {
            return FollowUp::Import;
        }
        if new.state == State::Received && old_state != Some(State::Received) {
            return FollowUp::Advance;
        }
        if new.state == State::Deleting && old_state != Some(State::Deleting) {
            return FollowUp::Purge;
        }
        let is_of_no_use = matches!(new.state, State::Rejected | State::Expired | State::Aborted);
        if is_of_no_use && old_state != Some(new.state) {
            return FollowUp::RemoveOriginal;
        }
        if let Some(state) = new.conclusion() {
            return FollowUp::Conclude(state);
        }
        let is_verified = |upload: &Upload| upload.done.contains(CHECKSUM_STEP);
        let waits_for_verification = is_verified(new) && !old.is_some_and(is_verified);
        // If the recipe has an item of its own, its steps are not known here.
        let may_wait_for_steps = new.recipe.as_ref().is_none_or(Recipe::has_dependent_steps);
        let ended_before = old.map(|old| (&old.done, &old.failed));
        let has_moved = new.state.is_under_way() && ended_before != Some((&new.done, &new.failed));
        if has_moved && (waits_for_verification || may_wait_for_steps) {
            return FollowUp::Advance;
        }
        FollowUp::Nothing
    }

    /// The final state that the ended steps amount to; `None` while some are under way.
    pub fn conclusion(&self) -> Option<State> {
        if !self.state.is_under_way() {
            return None;
        }
        // Bytes that are not the announced ones are of no use to any other step.
        let is_in_vain = self.failed.contains(CHECKSUM_STEP);
        let conclusion = self.steps().conclusion().or_else(|| is_in_vain.then(|| self.steps().amount()))?;
        Some(match (conclusion, &self.rejection) {
            (Conclusion::AllDone, _) => State::Ready,
            // The original of a run is the upload's, which has use for it.
            (Conclusion::NoneDone, Some(_)) if self.run.is_none() => State::Rejected,
            _ => State::Failed,
        })
    }

    /// How far its steps have come.
    pub const fn steps(&self) -> Steps<'_> {
        Steps { count: self.step_count, done: &self.done, failed: &self.failed }
    }

    /// The names of the steps that have not ended and never can be carried out.
    pub fn cut_off_steps(&self, recipe: &Recipe) -> Vec<String> {
        self.steps().cut_off(recipe.steps.iter().map(planned)).into_iter().map(str::to_owned).collect()
    }
}

fn planned(step: &Step) -> Planned<'_> {
    Planned { name: &step.name, from: step.from.as_deref() }
}

/// The kind of image that a recipe can work on, by its media type.
pub fn image_format(content_type: &str) -> Option<SourceFormat> {
    SourceFormat::named(content_type)
}

#[cfg(test)]
mod tests;
