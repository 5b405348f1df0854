//! Uploads and their derivatives.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::error::Error;
use shared::operations::uploads::{CreatedUpload, Transfer, UploadFilter, UploadWithSteps};
use shared::recipe::RecipeSource;
use shared::upload::{self, Image, Rejection};

use super::derivatives::{Derivative, derivatives};
use super::listing::Limit;
use super::time::Time;

#[derive(Debug, Serialize, JsonSchema)]
pub struct Links {
    #[serde(rename = "self")]
    #[schemars(example = &"/v1/uploads/upl_54df63zb7rnrnrnk8bhknq46c5")]
    own: String,
    /// The parts, while they can be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<String>,
    /// Makes one file of the parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    complete: Option<String>,
    /// Goes through it once more, with another recipe, once its bytes are there.
    #[serde(skip_serializing_if = "Option::is_none")]
    runs: Option<String>,
    /// Gives the upload up, while it has not arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    abort: Option<String>,
}

/// An upload that was accepted.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CreatedView {
    #[schemars(example = &"upl_54df63zb7rnrnrnk8bhknq46c5")]
    id: String,
    state: upload::State,
    /// What carries the bytes; absent if they come in parts, and once they cannot or need not be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<TransferRequest>,
    /// How the bytes are divided; absent unless they come in parts, and once they cannot or need not be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    multipart: Option<PlanWithEnd>,
    /// Which kept recipe the upload has a copy of; absent where the recipe was sent along.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipe: Option<RecipeSource>,
    links: Links,
}

/// The request that carries the bytes to the storage: a `PUT` with exactly these headers, or a form of type
/// `multipart/form-data` with exactly these fields and, after them, the field `file`.
#[derive(Debug, Serialize, JsonSchema)]
struct TransferRequest {
    #[schemars(example = &"PUT")]
    method: &'static str,
    url: String,
    /// Of a `PUT`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    /// Of a form.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<&'static str, String>,
    expires_at: Time,
}

/// How a file is divided: all parts but the last have the same size.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UploadPlan")]
pub struct Plan {
    #[schemars(example = 8_388_608)]
    part_size_bytes: u64,
    part_count: u32,
}

/// How a file is divided, and until when it can be sent.
#[derive(Debug, Serialize, JsonSchema)]
struct PlanWithEnd {
    #[serde(flatten)]
    plan: Plan,
    /// All parts must arrive by then.
    expires_at: Time,
}

impl From<upload::Plan> for Plan {
    fn from(plan: upload::Plan) -> Self {
        Self { part_size_bytes: plan.part_size_bytes, part_count: plan.part_count() }
    }
}

/// An upload with its derivatives.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Upload {
    #[serde(flatten)]
    summary: Summary,
    /// One for each step, in the recipe's order.
    derivatives: Vec<Derivative>,
}

/// What a listing shows of an upload.
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
    size_bytes: u64,
    /// Which kept recipe it has a copy of; absent where the recipe was sent along.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipe: Option<RecipeSource>,
    /// What decoding told; `null` until a step has decoded it.
    image: Option<Image>,
    rejection: Option<Rejection>,
    created_at: Time,
    updated_at: Time,
    links: Links,
}

/// The parameters of the listing of uploads.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadsQuery {
    /// Continues where the page ended that answered it. It holds for the same filters alone.
    #[serde(default)]
    pub cursor: Option<String>,
    /// How many uploads a page has at most.
    #[serde(default)]
    pub limit: Limit,
    /// Only uploads that were created then or later.
    #[serde(default)]
    created_from: Option<Time>,
    /// Only uploads that were created earlier.
    #[serde(default)]
    created_before: Option<Time>,
}

impl UploadsQuery {
    pub fn filter(&self) -> UploadFilter {
        UploadFilter {
            created_from: self.created_from.map(|time| time.0),
            created_before: self.created_before.map(|time| time.0),
        }
    }
}

pub fn created_upload(created: &CreatedUpload) -> CreatedView {
    let upload = &created.upload;
    let mut view = CreatedView {
        id: upload.id.to_string(),
        state: upload.state,
        request: None,
        multipart: None,
        recipe: upload.named_recipe.clone(),
        links: links_of(upload),
    };
    match &created.transfer {
        None => {}
        Some((Transfer::Parts(plan), expires_at)) => {
            view.multipart = Some(PlanWithEnd { plan: (*plan).into(), expires_at: Time(*expires_at) });
        }
        Some((Transfer::Put(put), expires_at)) => {
            view.request = Some(TransferRequest {
                method: "PUT",
                url: put.url.clone(),
                headers: put.headers.iter().cloned().collect(),
                fields: BTreeMap::new(),
                expires_at: Time(*expires_at),
            });
        }
        Some((Transfer::Form(form), expires_at)) => {
            view.request = Some(TransferRequest {
                method: "POST",
                url: form.url.clone(),
                headers: BTreeMap::new(),
                fields: form.fields.iter().cloned().collect(),
                expires_at: Time(*expires_at),
            });
        }
    }
    view
}

pub async fn upload(app: &App, read: UploadWithSteps) -> Result<Upload, Error> {
    let derivatives = derivatives(app, &read.upload, read.steps).await?;
    Ok(Upload { summary: summary(read.upload), derivatives })
}

pub fn summary(upload: upload::Upload) -> Summary {
    Summary {
        links: links_of(&upload),
        id: upload.id.to_string(),
        state: upload.state,
        filename: upload.filename,
        content_type: upload.content_type,
        size_bytes: upload.size_bytes,
        recipe: upload.named_recipe,
        image: upload.image,
        rejection: upload.rejection,
        created_at: upload.created_at.into(),
        updated_at: upload.updated_at.into(),
    }
}

fn links_of(upload: &upload::Upload) -> Links {
    let own = format!("/v1/uploads/{}", upload.id);
    let is_pending = upload.state == upload::State::Pending;
    let takes_parts = is_pending && upload.multipart.is_some();
    Links {
        parts: takes_parts.then(|| format!("{own}/parts")),
        complete: takes_parts.then(|| format!("{own}/complete")),
        runs: upload.check_runnable().is_ok().then(|| format!("{own}/runs")),
        abort: is_pending.then(|| format!("{own}/abort")),
        own,
    }
}
