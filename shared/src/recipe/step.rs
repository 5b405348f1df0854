//! One step of a recipe: what to do with the file, or with what an earlier step made of it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::FieldError;
use crate::image::{MetadataOptions, TargetFormat, Transform};

/// A step's name is part of object keys and of sets in the upload's row.
pub const STEP_NAME_CHARS_MAX: usize = 32;

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct Step {
    /// 1 to 32 of `a`–`z`, `0`–`9`, `-` and `_`; once in a recipe.
    pub name: String,
    /// The earlier step whose image this one works on; the file that arrived if missing.
    pub from: Option<String>,
    pub action: Action,
}

/// The work of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Makes an image.
    Image(Transform),
    /// Extracts what an image's file says beside its pixels.
    Metadata(MetadataOptions),
    /// Computes a digest of the file.
    Checksum(ChecksumOptions),
}

/// Which digest to compute.
// The names in JSON are stored, so they never change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChecksumOptions {
    pub algorithm: Algorithm,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ChecksumAlgorithm")]
pub enum Algorithm {
    #[default]
    Sha256,
}

impl Step {
    /// Whether it needs a file that is an image, all of it in memory.
    pub const fn works_on_image(&self) -> bool {
        matches!(self.action, Action::Image(_) | Action::Metadata(_))
    }

    /// Lists the faults of the step by itself, with pointers below `at`.
    pub fn field_errors(&self, at: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if !is_step_name(&self.name) {
            let detail = format!("must be 1 to {STEP_NAME_CHARS_MAX} characters out of a-z, 0-9, - and _");
            errors.push(FieldError::new(format!("{at}/name"), detail));
        }
        match &self.action {
            Action::Image(transform) => {
                errors.extend(
                    transform.field_errors().into_iter().map(|error| error.below(&format!("{at}/image"))),
                );
            }
            Action::Metadata(_) | Action::Checksum(_) if self.from.is_some() => {
                errors.push(FieldError::new(format!("{at}/from"), "is for image steps alone"));
            }
            Action::Metadata(_) | Action::Checksum(_) => {}
        }
        errors
    }

    /// Why no step can work on what this one makes; `None` when one can.
    pub(super) fn refusal_as_source(&self) -> Option<&'static str> {
        match &self.action {
            Action::Image(transform) if transform.format == Some(TargetFormat::Avif) => {
                Some("names a step that makes an AVIF, which cannot be worked on")
            }
            Action::Image(_) => None,
            Action::Metadata(_) | Action::Checksum(_) => Some("names a step that makes no image"),
        }
    }
}

fn is_step_name(name: &str) -> bool {
    let fits = (1..=STEP_NAME_CHARS_MAX).contains(&name.len());
    fits && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

/// A step as it is written. The names are stored, so they never change.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    name: String,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    image: Option<Transform>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    metadata: Option<MetadataOptions>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    checksum: Option<ChecksumOptions>,
}

/// A field that may be missing, and is not `null` where it is there.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl TryFrom<Fields> for Step {
    type Error = &'static str;

    fn try_from(fields: Fields) -> Result<Self, &'static str> {
        let action = match (fields.image, fields.metadata, fields.checksum) {
            (Some(transform), None, None) => Action::Image(transform),
            (None, Some(options), None) => Action::Metadata(options),
            (None, None, Some(options)) => Action::Checksum(options),
            _ => return Err("must have exactly one of image, metadata and checksum"),
        };
        Ok(Self { name: fields.name, from: fields.from, action })
    }
}

impl From<Step> for Fields {
    fn from(step: Step) -> Self {
        let mut fields =
            Self { name: step.name, from: step.from, image: None, metadata: None, checksum: None };
        match step.action {
            Action::Image(transform) => fields.image = Some(transform),
            Action::Metadata(options) => fields.metadata = Some(options),
            Action::Checksum(options) => fields.checksum = Some(options),
        }
        fields
    }
}

/// A step of a recipe. It makes an image, extracts metadata, or computes a checksum.
#[derive(JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
enum Shape {
    /// Makes an image.
    #[schemars(title = "ImageStep")]
    Image {
        /// Names the step and its result; unique in the recipe.
        #[schemars(regex(pattern = "^[a-z0-9_-]{1,32}$"), example = &"thumb")]
        name: String,
        /// The name of the earlier step whose image this step works on, but not one that makes an AVIF. If missing, the
        /// step works on the original.
        #[schemars(with = "String")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        image: Transform,
    },
    /// Extracts what an image's file says beside its pixels, such as its EXIF data, as JSON.
    #[schemars(title = "MetadataStep")]
    Metadata {
        /// Names the step and its result; unique in the recipe.
        #[schemars(regex(pattern = "^[a-z0-9_-]{1,32}$"), example = &"exif")]
        name: String,
        metadata: MetadataOptions,
    },
    /// Computes a digest of the file.
    #[schemars(title = "ChecksumStep")]
    Checksum {
        /// Names the step and its result; unique in the recipe.
        #[schemars(regex(pattern = "^[a-z0-9_-]{1,32}$"), example = &"digest")]
        name: String,
        checksum: ChecksumOptions,
    },
}

impl JsonSchema for Step {
    fn schema_name() -> Cow<'static, str> {
        "Step".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Shape::json_schema(generator)
    }
}
