//! An upload right after it was created, and how to send its file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use shared::operations::uploads::{self, Transfer};
use shared::recipe::RecipeSource;
use shared::upload;

use super::time::Time;
use super::uploads::{Links, links_of};

/// A new upload, and how to send its file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CreatedUpload {
    #[schemars(example = &"upl_54df63zb7rnrnrnk8bhknq46c5")]
    id: String,
    state: upload::State,
    /// The request that sends the file. Absent if the file is sent in parts, and once there is nothing to send.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<TransferRequest>,
    /// How to divide the file. Absent unless the file is sent in parts, and once there is nothing to send.
    #[serde(skip_serializing_if = "Option::is_none")]
    multipart: Option<MultipartPlan>,
    /// The version of a saved recipe that the upload uses. Absent if the request had a recipe of its own, or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipe: Option<RecipeSource>,
    links: Links,
}

/// The request that sends the file to the storage: a `PUT` with exactly these headers, or a form of type
/// `multipart/form-data` with exactly these fields, followed by the field `file`.
#[derive(Debug, Serialize, JsonSchema)]
struct TransferRequest {
    method: TransferMethod,
    url: String,
    /// The headers of a `PUT`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    /// The fields of a form.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<&'static str, String>,
    /// The storage refuses the request after this.
    expires_at: Time,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum TransferMethod {
    Put,
    Post,
}

/// How to divide a file: all parts but the last have the same size.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UploadPlan")]
pub struct Plan {
    #[schemars(example = 8_388_608)]
    part_size_bytes: u64,
    #[schemars(example = 13)]
    part_count: u32,
}

/// How to divide a file, and how long there is time to send it.
#[derive(Debug, Serialize, JsonSchema)]
struct MultipartPlan {
    #[serde(flatten)]
    plan: Plan,
    /// Every part must have arrived by then.
    expires_at: Time,
}

impl From<upload::Plan> for Plan {
    fn from(plan: upload::Plan) -> Self {
        Self { part_size_bytes: plan.part_size_bytes, part_count: plan.part_count() }
    }
}

pub fn created_upload(created: &uploads::CreatedUpload) -> CreatedUpload {
    let upload = &created.upload;
    let (request, multipart) = match &created.transfer {
        None => (None, None),
        Some((Transfer::Parts(plan), expires_at)) => {
            (None, Some(MultipartPlan { plan: (*plan).into(), expires_at: Time(*expires_at) }))
        }
        Some((Transfer::Put(put), expires_at)) => {
            let request = TransferRequest {
                method: TransferMethod::Put,
                url: put.url.clone(),
                headers: put.headers.iter().cloned().collect(),
                fields: BTreeMap::new(),
                expires_at: Time(*expires_at),
            };
            (Some(request), None)
        }
        Some((Transfer::Form(form), expires_at)) => {
            let request = TransferRequest {
                method: TransferMethod::Post,
                url: form.url.clone(),
                headers: BTreeMap::new(),
                fields: form.fields.iter().cloned().collect(),
                expires_at: Time(*expires_at),
            };
            (Some(request), None)
        }
    };
    CreatedUpload {
        id: upload.id.to_string(),
        state: upload.state,
        request,
        multipart,
        recipe: upload.named_recipe.clone(),
        links: links_of(upload),
    }
}
