//! A run: an upload gone through once more, with another recipe.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::checksum::CHECKSUM_STEP;
use crate::clock::Timestamp;
use crate::error::{FieldError, Rejected};
use crate::idempotency::fingerprint;
use crate::recipe::{Recipe, RecipeChoice, ResolvedRecipe};

use super::request::{IMAGE_SIZE_BYTES_MAX, row_and_apart};
use super::{State, Upload, image_format};

/// An upload is gone through at most this often after the first time.
pub const RUNS_MAX: u32 = 20;

/// No run has a higher number: keys of rows have six digits for it.
pub const RUN_NUMBER_MAX: u32 = 999_999;

/// The body of `POST /v1/uploads/{id}/runs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    pub recipe: RecipeChoice,
}

impl RunRequest {
    /// Returns the fingerprint of the request as it was sent.
    pub fn fingerprint(&self) -> String {
        fingerprint(&("run", self))
    }
}

impl Upload {
    /// Fails unless the bytes are there and are what was announced.
    pub fn check_runnable(&self) -> Result<(), Rejected> {
        let is_stored =
            matches!(self.state, State::Received | State::Processing | State::Ready | State::Failed);
        let is_verified = !self.must_be_verified() || self.done.contains(CHECKSUM_STEP);
        if is_stored && is_verified {
            return Ok(());
        }
        let why = if is_stored { "its checksum is not verified" } else { "no bytes are stored" };
        Err(Rejected::Conflict { detail: format!("the upload is {}, and {why}", self.state.as_str()) })
    }

    /// Whether a run under this upload's id is its own: an earlier upload may have had the same id, and left some.
    pub fn has_run(&self, run: &Self) -> bool {
        run.created_at >= self.created_at
    }

    /// Leaves out rows that belong to an earlier upload that had the same id.
    pub fn own_runs(&self, rows: Vec<Self>) -> Vec<Self> {
        rows.into_iter().filter(|run| self.has_run(run)).collect()
    }

    /// Fails unless a run of this upload can carry the recipe out.
    pub fn check_recipe(&self, recipe: &Recipe) -> Result<(), Rejected> {
        let mut errors = recipe.field_errors("/recipe");
        if recipe.steps.is_empty() {
            errors.push(FieldError::new("/recipe/steps", "must have a step"));
        }
        let is_image = image_format(&self.content_type).is_some() && self.size_bytes <= IMAGE_SIZE_BYTES_MAX;
        if recipe.works_on_image() && !is_image {
            let detail = "has image steps, and the upload is no image of at most 67108864 bytes (64 MiB)";
            errors.push(FieldError::new("/recipe", detail));
        }
        if errors.is_empty() { Ok(()) } else { Err(Rejected::Invalid { errors }) }
    }

    /// The run of this number, and its recipe when that is too long to sit in the row. `request_name` names the request
    /// that asks for it.
    pub fn run_again(
        &self,
        number: u32,
        request_name: &str,
        request: &RunRequest,
        resolved: ResolvedRecipe,
        now: Timestamp,
    ) -> (Self, Option<Recipe>) {
        let ResolvedRecipe { recipe, source } = resolved;
        let step_count = recipe.steps.len() as u32;
        let (recipe, apart) = row_and_apart(recipe);
        // Every field is named: what an upload gains is not a run's by oversight.
        let run = Self {
            tenant: self.tenant.clone(),
            id: self.id.clone(),
            run: Some(number),
            request_name: Some(request_name.to_owned()),
            request_id: None,
            state: State::Received,
            filename: self.filename.clone(),
            content_type: self.content_type.clone(),
            size_bytes: self.size_bytes,
            // It was verified before.
            sha256: None,
            recipe,
            named_recipe: source,
            source: None,
            multipart: None,
            form: false,
            step_count,
            fingerprint: request.fingerprint(),
            created_at: now,
            updated_at: now,
            etag: self.etag.clone(),
            unverified: false,
            shown_as: None,
            image: None,
            done: BTreeSet::new(),
            failed: BTreeSet::new(),
            rejection: None,
        };
        (run, apart)
    }
}
