//! The reply that a handler returns: a view with its status. The documentation is made from it too.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use crate::precondition::entity_tag;

pub const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A response of one status with one type of body.
pub trait Reply: IntoResponse {
    const STATUS: StatusCode;

    /// Another status that the same body may come with.
    const OTHER_STATUS: Option<StatusCode> = None;

    /// The schema of the body; `None` where there is none.
    fn schema(generator: &mut SchemaGenerator) -> Option<Schema>;
}

/// 200.
#[derive(Debug)]
pub struct Shown<T>(pub T);

/// 201 with the `Location` of the resource.
#[derive(Debug)]
pub struct Created<T> {
    pub view: T,
    pub location: String,
    /// Whether an earlier request under the same `Idempotency-Key` made it.
    pub replayed: bool,
}

/// 202 with the `Location` of the resource.
#[derive(Debug)]
pub struct Accepted<T> {
    pub view: T,
    pub location: String,
    /// Whether an earlier request under the same `Idempotency-Key` made it.
    pub replayed: bool,
}

/// 200 when it is done; 202 with its `Location` while it is not.
#[derive(Debug)]
pub struct Done<T> {
    pub view: T,
    /// The path of the resource.
    pub location: String,
    pub is_done: bool,
}

/// 201 if it was not there before, else 200; with its entity tag and `Location`.
#[derive(Debug)]
pub struct Stored<T> {
    pub view: T,
    pub location: String,
    pub is_new: bool,
}

/// 204.
#[derive(Debug)]
pub struct NoContent;

impl<T: Serialize + JsonSchema> Reply for Shown<T> {
    const STATUS: StatusCode = StatusCode::OK;

    fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        Some(generator.subschema_for::<T>())
    }
}

impl<T: Serialize> IntoResponse for Shown<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: Serialize + JsonSchema> Reply for Created<T> {
    const STATUS: StatusCode = StatusCode::CREATED;

    fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        Some(generator.subschema_for::<T>())
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        located(StatusCode::CREATED, self.view, &self.location, self.replayed)
    }
}

impl<T: Serialize + JsonSchema> Reply for Accepted<T> {
    const STATUS: StatusCode = StatusCode::ACCEPTED;

    fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        Some(generator.subschema_for::<T>())
    }
}

impl<T: Serialize> IntoResponse for Accepted<T> {
    fn into_response(self) -> Response {
        located(StatusCode::ACCEPTED, self.view, &self.location, self.replayed)
    }
}

fn located(status: StatusCode, view: impl Serialize, location: &str, replayed: bool) -> Response {
    let mut response = (status, axum::Json(view)).into_response();
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    if replayed {
        response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

impl<T: Serialize + JsonSchema> Reply for Done<T> {
    const STATUS: StatusCode = StatusCode::OK;
    const OTHER_STATUS: Option<StatusCode> = Some(StatusCode::ACCEPTED);

    fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        Some(generator.subschema_for::<T>())
    }
}

impl<T: Serialize> IntoResponse for Done<T> {
    fn into_response(self) -> Response {
        let status = if self.is_done { StatusCode::OK } else { StatusCode::ACCEPTED };
        located(status, self.view, &self.location, false)
    }
}

impl<T: Serialize + JsonSchema> Reply for Stored<T> {
    const STATUS: StatusCode = StatusCode::CREATED;
    const OTHER_STATUS: Option<StatusCode> = Some(StatusCode::OK);

    fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        Some(generator.subschema_for::<T>())
    }
}

impl<T: Serialize> IntoResponse for Stored<T> {
    fn into_response(self) -> Response {
        let status = if self.is_new { StatusCode::CREATED } else { StatusCode::OK };
        let tag = entity_tag(&serde_json::to_vec(&self.view).unwrap_or_default());
        let mut response = (status, axum::Json(self.view)).into_response();
        for (name, value) in [(header::ETAG, tag), (header::LOCATION, self.location)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

impl Reply for NoContent {
    const STATUS: StatusCode = StatusCode::NO_CONTENT;

    fn schema(_generator: &mut SchemaGenerator) -> Option<Schema> {
        None
    }
}

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        Self::STATUS.into_response()
    }
}

/// The names of the fields of `R`; of a page, those of its entries.
pub fn field_names<R: Reply>() -> Vec<String> {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let Some(schema) = R::schema(&mut generator) else { return Vec::new() };
    let definitions = generator.take_definitions(true);
    let resolved = |schema: &serde_json::Value| {
        let name = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
        name.and_then(|name| definitions.get(name)).cloned().unwrap_or_else(|| schema.clone())
    };
    let mut schema = resolved(schema.as_value());
    if let Some(entries) = schema.pointer("/properties/data/items") {
        schema = resolved(entries);
    }
    schema["properties"].as_object().map(|names| names.keys().cloned().collect()).unwrap_or_default()
}
