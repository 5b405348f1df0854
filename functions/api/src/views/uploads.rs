//! Uploads and their derivatives.

use schemars::JsonSchema;
use serde::Serialize;
use shared::app::App;
use shared::error::Error;
use shared::image::SourceFormat;
use shared::operations::uploads::UploadWithSteps;
use shared::recipe::RecipeSource;
use shared::upload;

use super::codes::RejectionCode;
use super::derivatives::{Derivative, derivatives};
use super::time::Time;

/// An upload with its derivatives.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Upload {
    #[serde(flatten)]
    summary: Summary,
    /// One for each step, in the order of the recipe.
    derivatives: Vec<Derivative>,
}

/// An upload in a listing.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ListedUpload {
    #[serde(flatten)]
    summary: Summary,
    /// One for each step, in the order of the recipe; only with `include=derivatives`.
    #[serde(skip_serializing_if = "Option::is_none")]
    derivatives: Option<Vec<Derivative>>,
}

/// An upload without its derivatives.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UploadSummary")]
pub struct Summary {
    #[schemars(example = &"upl_54df63zb7rnrnrnk8bhknq46c5")]
    id: String,
    state: upload::State,
    #[schemars(example = &"photo.jpg")]
    filename: String,
    #[schemars(example = &"image/jpeg")]
    content_type: String,
    /// `null` until the server that the file is fetched from has said it.
    #[schemars(example = 1_848_667)]
    size_bytes: Option<u64>,
    /// The place that the file is fetched from. Absent if a client sends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
    /// The version of a saved recipe that the upload uses. Absent if the request had a recipe of its own, or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipe: Option<RecipeSource>,
    /// `null` until a step has decoded the file as an image.
    image: Option<OriginalImage>,
    /// Why the file was rejected; `null` if it was not.
    rejection: Option<Rejection>,
    created_at: Time,
    updated_at: Time,
    links: Links,
}

/// The place that a file is fetched from. Its URL and headers are not shown, because secrets are often part of them.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ImportedFrom")]
struct Source {
    #[schemars(example = &"files.example.com")]
    host: String,
}

/// The original, if it is an image.
#[derive(Debug, Serialize, JsonSchema)]
struct OriginalImage {
    /// The format of the bytes, whatever `content_type` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<SourceFormat>,
    /// In pixels, of the image as it is seen upright.
    #[schemars(example = 4000)]
    width: u32,
    /// In pixels, of the image as it is seen upright.
    #[schemars(example = 2250)]
    height: u32,
    /// `#rrggbb`.
    #[schemars(example = &"#dadee0")]
    dominant_color: String,
    /// A blurred placeholder of some 25 bytes, in base 64.
    #[schemars(example = &"6PcNBIB5eHiPh3dreHpnfnDqBw==")]
    thumbhash: String,
}

/// Why a file was rejected.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Rejection {
    code: RejectionCode,
    /// For people.
    detail: String,
}

/// The requests that can come next. A link is absent while it is of no use.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UploadLinks")]
pub struct Links {
    #[serde(rename = "self")]
    #[schemars(example = &"/v1/uploads/upl_54df63zb7rnrnrnk8bhknq46c5")]
    own: String,
    /// Lists the parts, while they can be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<String>,
    /// Joins the parts into one file.
    #[serde(skip_serializing_if = "Option::is_none")]
    complete: Option<String>,
    /// Processes the file again with another recipe, once the file is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    runs: Option<String>,
    /// Cancels the upload, while the file has not arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    abort: Option<String>,
}

pub async fn upload(app: &App, read: UploadWithSteps) -> Result<Upload, Error> {
    let derivatives = derivatives(app, &read.upload, read.steps).await?;
    Ok(Upload { summary: summary(read.upload), derivatives })
}

pub async fn listed_with_derivatives(app: &App, read: UploadWithSteps) -> Result<ListedUpload, Error> {
    let Upload { summary, derivatives } = upload(app, read).await?;
    Ok(ListedUpload { summary, derivatives: Some(derivatives) })
}

pub fn listed(upload: upload::Upload) -> ListedUpload {
    ListedUpload { summary: summary(upload), derivatives: None }
}

pub fn summary(upload: upload::Upload) -> Summary {
    let image = |image: upload::Image| OriginalImage {
        format: image.format,
        width: image.width,
        height: image.height,
        dominant_color: image.dominant_color,
        thumbhash: image.thumbhash,
    };
    Summary {
        links: links_of(&upload),
        id: upload.id.to_string(),
        state: upload.state,
        filename: upload.filename,
        content_type: upload.content_type,
        size_bytes: (upload.size_bytes > 0).then_some(upload.size_bytes),
        source: upload.source.map(|source| Source { host: source.host }),
        recipe: upload.named_recipe,
        image: upload.image.map(image),
        rejection: upload.rejection.map(Rejection::from),
        created_at: upload.created_at.into(),
        updated_at: upload.updated_at.into(),
    }
}

impl From<upload::Rejection> for Rejection {
    fn from(rejection: upload::Rejection) -> Self {
        Self { code: rejection.code.as_str().into(), detail: rejection.detail }
    }
}

pub fn links_of(upload: &upload::Upload) -> Links {
    let own = format!("/v1/uploads/{}", upload.id);
    let is_pending = upload.state == upload::State::Pending;
    let takes_parts = is_pending && upload.multipart.is_some() && upload.source.is_none();
    Links {
        parts: takes_parts.then(|| format!("{own}/parts")),
        complete: takes_parts.then(|| format!("{own}/complete")),
        runs: upload.check_runnable().is_ok().then(|| format!("{own}/runs")),
        abort: is_pending.then(|| format!("{own}/abort")),
        own,
    }
}
