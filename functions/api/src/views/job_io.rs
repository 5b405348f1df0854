//! The request that a job sends, and the parts of the response that it keeps.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use shared::kinds::http::{Answer, Body, Call, Keep, Method, Statuses};

/// The request that a job sends, without its headers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HttpInput {
    #[schemars(example = &"https://app.example.com/hooks/charge")]
    url: String,
    method: Method,
    /// The body, if it is text or JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// The body in base 64, if it was given like that.
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    success: Vec<Statuses>,
    #[serde(skip_serializing_if = "Option::is_none")]
    final_statuses: Option<Vec<Statuses>>,
    #[serde(skip_serializing_if = "Keep::is_default")]
    keep: Keep,
}

/// The response to the request, as far as it was to be kept.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HttpOutput {
    #[schemars(example = 200)]
    status: u16,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    /// The start of the body, if it is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// The start of the body in base 64, if it isn't text.
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
    /// Whether the body went on.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    body_is_cut: bool,
}

impl HttpInput {
    pub fn of(call: Call) -> Self {
        let (body, body_base64) = match call.body {
            Body::None => (None, None),
            Body::Text(text) | Body::Json(text) => (Some(text), None),
            Body::Base64(encoded) => (None, Some(encoded)),
        };
        Self {
            url: call.url,
            method: call.method,
            body,
            body_base64,
            success: call.success,
            final_statuses: call.final_statuses,
            keep: call.keep,
        }
    }
}

impl HttpOutput {
    pub fn of(answer: Answer) -> Self {
        let Answer { status, headers, body, body_base64, is_cut, .. } = answer;
        Self { status, headers, body, body_base64, body_is_cut: is_cut }
    }
}
