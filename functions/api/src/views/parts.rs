//! The parts of an upload that comes in parts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use shared::operations::uploads::{PartPage, PartToSend};
use shared::upload::{NamedPart, PARTS_MAX};

use super::created_upload::Plan;
use super::listing::Limit;
use super::time::Time;

/// A page of parts, in order.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PartsPage {
    #[serde(flatten)]
    plan: Plan,
    data: Vec<Part>,
    /// The `from` of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_from: Option<u32>,
}

/// One part of a file.
#[derive(Debug, Serialize, JsonSchema)]
struct Part {
    #[schemars(range(min = 1, max = PARTS_MAX), example = 1)]
    number: u32,
    /// The exact size of the body that sends this part.
    #[schemars(example = 8_388_608)]
    size_bytes: u64,
    /// The request that sends the part; absent once it is too late to send.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<PartRequest>,
    /// `null` until the part has arrived. A part may be sent again; the latest counts.
    arrived: Option<Arrived>,
}

/// The request that sends a part to the storage: a `PUT` with exactly these headers.
#[derive(Debug, Serialize, JsonSchema)]
struct PartRequest {
    #[schemars(extend("enum" = ["PUT"]))]
    method: &'static str,
    url: String,
    headers: BTreeMap<String, String>,
    expires_at: Time,
}

/// A part that has arrived.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "StoredPart")]
struct Arrived {
    #[schemars(example = &"\"5d41402abc4b2a76b9719d911017c592\"")]
    etag: String,
    size_bytes: u64,
}

/// The parts that the file is made of.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CompleteUploadRequest")]
pub struct Completion {
    /// In any order. If a number is there twice, the last one counts. If empty or missing, all parts that have arrived.
    #[serde(default)]
    #[schemars(length(max = PARTS_MAX))]
    pub parts: Vec<NamedPart>,
}

/// The parameters of the listing of parts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartsQuery {
    /// The number of the first part of the page.
    #[serde(default)]
    pub from: PartNumber,
    /// The most parts that a page has.
    #[serde(default)]
    pub limit: Limit,
}

#[derive(Clone, Copy, Debug)]
pub struct PartNumber(pub u32);

impl Default for PartNumber {
    fn default() -> Self {
        Self(1)
    }
}

impl<'de> Deserialize<'de> for PartNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u32::deserialize(deserializer).ok().filter(|number| (1..=PARTS_MAX).contains(number));
        number.map(Self).ok_or_else(|| D::Error::custom(format!("must be 1 to {PARTS_MAX}")))
    }
}

impl JsonSchema for PartNumber {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "PartNumber".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": PARTS_MAX, "default": 1 })
    }
}

pub fn page(page: PartPage) -> PartsPage {
    PartsPage {
        plan: page.plan.into(),
        data: page.parts.into_iter().map(part).collect(),
        next_from: page.next_from,
    }
}

fn part(part: PartToSend) -> Part {
    let request = part.put.map(|(put, expires_at)| PartRequest {
        method: "PUT",
        url: put.url,
        headers: put.headers.into_iter().collect(),
        expires_at: expires_at.into(),
    });
    let arrived = part
        .arrived
        .map(|arrived| Arrived { etag: format!("\"{}\"", arrived.etag), size_bytes: arrived.size_bytes });
    Part { number: part.number, size_bytes: part.size_bytes, request, arrived }
}
