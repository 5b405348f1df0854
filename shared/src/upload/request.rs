//! The request for an upload, parsed into something that cannot be wrong.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::error::{FieldError, Rejected};
use crate::id::UploadId;
use crate::idempotency::fingerprint;
use crate::image::SourceFormat;
use crate::recipe::{Recipe, RecipeChoice, ResolvedRecipe};
use crate::tenant::Tenant;

use super::file_name::{CONTENT_TYPE_CHARS_MAX, FILENAME_CHARS_MAX, is_content_type, is_filename};
use super::multipart::{SINGLE_BYTES_MAX, UNDIVIDED_BYTES};
use super::source::{CONTENT_TYPE_UNKNOWN, Source, SourceState};
use super::{State, Upload, image_format};

/// No file is larger.
pub const SIZE_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;

/// No file that image steps work on is larger: they hold all of it in memory.
pub const IMAGE_SIZE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The rules below in the documentation's terms.
const FILENAME_PATTERN: &str =
    r"^(?!\.{1,2}$)[^\x00-\x1f\x7f-\x9f/\\\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+$";
const CONTENT_TYPE_PATTERN: &str = "^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$";
const SHA256_HEX_CHARS: usize = 64;

/// A recipe longer than this (as JSON) has an item of its own, so that the row stays under a kilobyte.
const INLINE_RECIPE_BYTES_MAX: usize = 512;

/// The body of `POST /v1/uploads`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadRequest {
    /// A URL to fetch the file from, instead of sending it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The name of the file, for people and for downloads. Required unless there is a `source`; then it is the last part of the
    /// URL's path if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = FILENAME_CHARS_MAX), regex(pattern = FILENAME_PATTERN), example = &"photo.jpg")]
    pub filename: Option<String>,
    /// A media type without parameters. A recipe with image or metadata steps needs the type of an image. Required unless there is
    /// a `source`; then it is what the server says if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = CONTENT_TYPE_CHARS_MAX), regex(pattern = CONTENT_TYPE_PATTERN), example = &"image/jpeg")]
    pub content_type: Option<String>,
    /// The size of the whole file. Required unless there is a `source`. A file of another size is rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = SIZE_BYTES_MAX), example = 1_848_667)]
    pub size_bytes: Option<u64>,
    /// The SHA-256 of the whole file, 64 hexadecimal digits. A file with another one is rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[0-9a-fA-F]{64}$"))]
    pub sha256: Option<String>,
    /// The derivatives to make from the file: a recipe, the name of a saved recipe such as `avatars`, or one version of it such as
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
    /// Checks every field and names all that are wrong. Rules that depend on a recipe kept by name are checked by
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
        let mut errors = match &self.source {
            Some(source) => source.field_errors(),
            None => self.missing_fields(),
        };
        let mut check = |holds: bool, pointer: &str, detail: &str| {
            if !holds {
                errors.push(FieldError::new(pointer, detail));
            }
        };
        let fits = |rule: fn(&str) -> bool, text: &Option<String>| text.as_deref().is_none_or(rule);
        let is_within = |bytes_max: u64| self.size_bytes.is_none_or(|size| size <= bytes_max);
        check(fits(is_filename, &self.filename), "/filename", FILENAME_RULE);
        check(fits(is_content_type, &self.content_type), "/content_type", CONTENT_TYPE_RULE);
        check(self.size_bytes != Some(0), "/size_bytes", "must be at least 1");
        check(is_within(SIZE_BYTES_MAX), "/size_bytes", "must be at most 5368709120 (5 GiB)");
        check(!works_on_image || is_within(IMAGE_SIZE_BYTES_MAX), "/size_bytes", IMAGE_SIZE_RULE);
        check(fits(is_sha256, &self.sha256), "/sha256", "must be 64 hexadecimal digits");
        let is_image = |content_type: &str| image_format(content_type).is_some();
        check(!works_on_image || fits(is_image, &self.content_type), "/content_type", &image_rule());
        if self.source.is_some() {
            check(self.multipart.is_none(), "/multipart", NOT_SENT_RULE);
            check(self.method.is_put(), "/method", NOT_SENT_RULE);
        } else {
            let fits_request = self.is_multipart() || is_within(SINGLE_BYTES_MAX);
            check(fits_request, "/size_bytes", SINGLE_SIZE_RULE);
            let is_one_way = self.multipart != Some(true) || self.method.is_put();
            check(is_one_way, "/method", "must be put, because a form sends the file in one request");
        }
        errors.extend(recipe.map(|recipe| recipe.field_errors("/recipe")).unwrap_or_default());
        if errors.is_empty() { Ok(()) } else { Err(Rejected::Invalid { errors }) }
    }

    /// The fields that a file that is sent needs, and that are not there.
    fn missing_fields(&self) -> Vec<FieldError> {
        let fields = [
            (self.filename.is_none(), "/filename"),
            (self.content_type.is_none(), "/content_type"),
            (self.size_bytes.is_none(), "/size_bytes"),
        ];
        let missing = fields.into_iter().filter(|(is_missing, _)| *is_missing);
        missing.map(|(_, pointer)| FieldError::new(pointer, MISSING_RULE)).collect()
    }

    /// Whether the client sends the file in parts.
    pub fn is_multipart(&self) -> bool {
        let chosen = self.multipart.or_else(|| (!self.method.is_put()).then_some(false));
        let is_large = || self.size_bytes.is_some_and(|size| size > UNDIVIDED_BYTES);
        self.source.is_none() && chosen.unwrap_or_else(is_large)
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
        let ResolvedRecipe { recipe, source: named_recipe } = resolved;
        let step_count = recipe.steps.len() as u32;
        let (inline, apart) = row_and_apart(recipe);
        let (names_type, names_size) = (self.content_type.is_none(), self.size_bytes.is_none());
        let source = self.source.as_ref().map(|source| SourceState::of(source, names_type, names_size));
        let filename = self.filename.or_else(|| self.source.as_ref().map(Source::filename));
        let upload = Upload {
            tenant,
            id,
            run: None,
            request_name: None,
            request_id: None,
            state: State::Pending,
            filename: filename.unwrap_or_default(),
            // Media types have no case; what is signed, compared and returned has one spelling.
            content_type: self
                .content_type
                .map_or_else(|| CONTENT_TYPE_UNKNOWN.to_owned(), |name| name.to_ascii_lowercase()),
            size_bytes: self.size_bytes.unwrap_or_default(),
            sha256: self.sha256.map(|hex| hex.to_ascii_lowercase()),
            recipe: inline,
            named_recipe,
            source,
            multipart: None,
            form: !self.method.is_put(),
            step_count,
            fingerprint,
            created_at: now,
            updated_at: now,
            etag: None,
            unverified: false,
            shown_as: None,
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

const MISSING_RULE: &str = "is required, unless there is a source to fetch the file from";
const NOT_SENT_RULE: &str = "must be left out, because the file is fetched from its source";
const CONTENT_TYPE_RULE: &str = "must be a media type such as image/jpeg";
const FILENAME_RULE: &str = "must be 1 to 255 characters without path separators, control characters, marks of the \
                             direction of text or the names . and ..";
const IMAGE_SIZE_RULE: &str = "must be at most 67108864 (64 MiB), because the recipe has image steps";
const SINGLE_SIZE_RULE: &str = "must be at most 67108864 (64 MiB) to be sent in one request";

fn image_rule() -> String {
    format!("must be {}, because the recipe has image steps", SourceFormat::content_types())
}

fn is_sha256(text: &str) -> bool {
    text.len() == SHA256_HEX_CHARS && text.bytes().all(|b| b.is_ascii_hexdigit())
}
