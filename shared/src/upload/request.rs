//! The request for an upload, parsed into something that cannot be wrong.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::error::{FieldError, Rejected};
use crate::id::UploadId;
use crate::idempotency::fingerprint;
use crate::recipe::{Recipe, RecipeChoice, ResolvedRecipe};
use crate::tenant::Tenant;

use super::multipart::{SINGLE_BYTES_MAX, UNDIVIDED_BYTES};
use super::{State, Upload, image_format};

/// No file is larger.
pub const SIZE_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;

/// No file that image steps work on is larger: they hold all of it in memory.
pub const IMAGE_SIZE_BYTES_MAX: u64 = 64 * 1024 * 1024;

pub const FILENAME_CHARS_MAX: usize = 255;
const CONTENT_TYPE_CHARS_MAX: usize = 127;
/// What the rules below say, for the documentation.
const FILENAME_PATTERN: &str = r"^(?!\.{1,2}$)[^\x00-\x1f\x7f-\x9f/\\]+$";
const CONTENT_TYPE_PATTERN: &str = "^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$";
const SHA256_HEX_CHARS: usize = 64;

/// A recipe longer than this (as JSON) has an item of its own, so that the row stays under a kilobyte.
const INLINE_RECIPE_BYTES_MAX: usize = 512;

/// The body of `POST /v1/uploads`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadRequest {
    /// The name of the file, for people and for downloads.
    #[schemars(length(min = 1, max = FILENAME_CHARS_MAX), regex(pattern = FILENAME_PATTERN), example = &"photo.jpg")]
    pub filename: String,
    /// A media type without parameters. A recipe with image or metadata steps needs the type of an image.
    #[schemars(length(max = CONTENT_TYPE_CHARS_MAX), regex(pattern = CONTENT_TYPE_PATTERN), example = &"image/jpeg")]
    pub content_type: String,
    /// The size of the whole file.
    #[schemars(range(min = 1, max = SIZE_BYTES_MAX), example = 1_848_667)]
    pub size_bytes: u64,
    /// The SHA-256 of the whole file, 64 hexadecimal digits. A file with another one is rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[0-9a-fA-F]{64}$"))]
    pub sha256: Option<String>,
    /// What to make from the file: a recipe, the name of a saved recipe such as `avatars`, or one version of it such as
    /// `avatars@3`. Without one, the file is only stored.
    #[serde(default)]
    pub recipe: RecipeChoice,
    /// `true` to send the file in parts, `false` to send it in one request (at most 64 MiB). If missing, a file over
    /// 16 MiB is sent in parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multipart: Option<bool>,
    /// How to send a file that is sent in one request. Default: `put`.
    #[serde(default, skip_serializing_if = "Method::is_put")]
    pub method: Method,
}

/// How to send a file that is sent in one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "UploadMethod")]
pub enum Method {
    /// As the body of a `PUT`.
    #[default]
    Put,
    /// As the field `file` of an HTML form.
    Post,
}

impl Method {
    fn is_put(&self) -> bool {
        *self == Self::Put
    }
}

impl UploadRequest {
    /// Checks every field and names all that are wrong. What depends on a recipe that is kept by name is checked by
    /// [`Self::validate_for`].
    pub fn validate(&self) -> Result<(), Rejected> {
        self.validate_with(self.recipe.inline())
    }

    /// Checks that the file is one for this recipe.
    pub fn validate_for(&self, recipe: &Recipe) -> Result<(), Rejected> {
        self.validate_with(Some(recipe))
    }

    fn validate_with(&self, recipe: Option<&Recipe>) -> Result<(), Rejected> {
        let works_on_image = recipe.is_some_and(Recipe::works_on_image);
        let mut errors = Vec::new();
        let mut check = |holds: bool, pointer: &str, detail: &str| {
            if !holds {
                errors.push(FieldError::new(pointer, detail));
            }
        };
        check(is_filename(&self.filename), "/filename", FILENAME_RULE);
        check(
            is_content_type(&self.content_type),
            "/content_type",
            "must be a media type such as image/jpeg",
        );
        check(self.size_bytes > 0, "/size_bytes", "must be at least 1");
        check(self.size_bytes <= SIZE_BYTES_MAX, "/size_bytes", "must be at most 5368709120 (5 GiB)");
        let fits_steps = !works_on_image || self.size_bytes <= IMAGE_SIZE_BYTES_MAX;
        check(fits_steps, "/size_bytes", IMAGE_SIZE_RULE);
        let fits_request = self.is_multipart() || self.size_bytes <= SINGLE_BYTES_MAX;
        check(fits_request, "/size_bytes", SINGLE_SIZE_RULE);
        let is_one_way = self.multipart != Some(true) || self.method.is_put();
        check(is_one_way, "/method", "must be put, because a form sends the file in one request");
        check(self.sha256.as_deref().is_none_or(is_sha256), "/sha256", "must be 64 hexadecimal digits");
        let is_image = !works_on_image || image_format(&self.content_type).is_some();
        check(is_image, "/content_type", IMAGE_RULE);
        errors.extend(recipe.map(|recipe| recipe.field_errors("/recipe")).unwrap_or_default());
        if errors.is_empty() { Ok(()) } else { Err(Rejected::Invalid { errors }) }
    }

    /// Whether the file comes in parts.
    pub fn is_multipart(&self) -> bool {
        let chosen = self.multipart.or_else(|| (!self.method.is_put()).then_some(false));
        chosen.unwrap_or(self.size_bytes > UNDIVIDED_BYTES)
    }

    /// The same for two requests that mean the same. It is of the request as it was sent: a recipe's name counts, and not
    /// what is kept by it.
    pub fn fingerprint(&self) -> String {
        let sha256 = self.sha256.as_deref().map(str::to_ascii_lowercase);
        fingerprint(&Self { sha256, ..self.clone() })
    }

    /// The upload that a valid request makes, and its recipe when that is too long to sit in the row.
    pub fn into_upload(
        self,
        resolved: ResolvedRecipe,
        tenant: Tenant,
        id: UploadId,
        now: Timestamp,
    ) -> (Upload, Option<Recipe>) {
        let fingerprint = self.fingerprint();
        let ResolvedRecipe { recipe, source } = resolved;
        let step_count = recipe.steps.len() as u32;
        let (inline, apart) = row_and_apart(recipe);
        let upload = Upload {
            tenant,
            id,
            run: None,
            request_name: None,
            request_id: None,
            state: State::Pending,
            filename: self.filename,
            content_type: self.content_type,
            size_bytes: self.size_bytes,
            sha256: self.sha256.map(|hex| hex.to_ascii_lowercase()),
            recipe: inline,
            named_recipe: source,
            multipart: None,
            step_count,
            fingerprint,
            created_at: now,
            updated_at: now,
            etag: None,
            image: None,
            done: Default::default(),
            failed: Default::default(),
            rejection: None,
        };
        (upload, apart)
    }
}

/// A recipe where it is to be stored: in the row, or in an item of its own.
pub(super) fn row_and_apart(recipe: Recipe) -> (Option<Recipe>, Option<Recipe>) {
    let recipe_bytes = serde_json::to_vec(&recipe).map_or(usize::MAX, |json| json.len());
    if recipe_bytes <= INLINE_RECIPE_BYTES_MAX { (Some(recipe), None) } else { (None, Some(recipe)) }
}

const FILENAME_RULE: &str =
    "must be 1 to 255 characters without path separators, control characters or the names . and ..";
const IMAGE_SIZE_RULE: &str = "must be at most 67108864 (64 MiB), because the recipe has image steps";
const SINGLE_SIZE_RULE: &str = "must be at most 67108864 (64 MiB) to be sent in one request";
const IMAGE_RULE: &str =
    "must be image/jpeg, image/png, image/webp or image/gif, because the recipe has image steps";

fn is_filename(name: &str) -> bool {
    let fits = (1..=FILENAME_CHARS_MAX).contains(&name.chars().count());
    fits && name != "." && name != ".." && !name.contains(|c: char| c.is_control() || c == '/' || c == '\\')
}

fn is_content_type(text: &str) -> bool {
    let is_token = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
    };
    text.len() <= CONTENT_TYPE_CHARS_MAX
        && text.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
}

fn is_sha256(text: &str) -> bool {
    text.len() == SHA256_HEX_CHARS && text.bytes().all(|b| b.is_ascii_hexdigit())
}
