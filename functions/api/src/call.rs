//! The call that a handler receives: everything that the request said, parsed.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::header;
use axum::http::request::Parts;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use shared::api_key::Caller;
use shared::app::App;
use shared::error::Rejected;
use shared::idempotency::IdempotencyKey;
use shared::request_id::RequestId;

use crate::bounds::JOBS_BYTES_MAX;
use crate::parse;
use crate::precondition::Precondition;
use crate::problem::{Code, Problem};
use crate::request_identity::RequestIdentity;

/// One request to a route that needs an API key. `Body` is [`Json`] or nothing, `Parameters` is [`Query`] or nothing.
#[derive(Debug)]
pub struct Call<Body = (), Parameters = ()> {
    pub app: Arc<App>,
    pub caller: Caller,
    pub body: Body,
    pub query: Parameters,
    pub idempotency_key: Option<IdempotencyKey>,
    /// Names this request, however often it is repeated under its `Idempotency-Key`.
    pub name: String,
    pub precondition: Precondition,
    pub request_id: RequestId,
    path: HashMap<String, String>,
}

/// A JSON body.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// The parameters of the URL's query.
#[derive(Debug)]
pub struct Query<T>(pub T);

/// A body that a route may take.
pub trait RequestBody: Sized + Send {
    /// Whether there is one at all.
    const IS_PRESENT: bool;

    /// The schema of what is taken; `None` where there is no body.
    fn schema(generator: &mut SchemaGenerator) -> Option<Schema>;
    fn parse(parts: &Parts, body: &Bytes) -> Result<Self, Problem>;
}

/// Parameters that a route may take.
pub trait Parameters: Sized + Send {
    /// The schema of an object with all parameters.
    fn schema(generator: &mut SchemaGenerator) -> Option<Schema>;
    fn parse(query: &str) -> Result<Self, Rejected>;
}

impl<Body, Parameters> Call<Body, Parameters> {
    /// The part of the path that stands for `{name}`.
    pub fn path(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// The part of the path that stands for `{id}`.
    pub fn id(&self) -> &str {
        self.path("id")
    }
}

impl<B: RequestBody, P: Parameters> FromRequest<Arc<App>> for Call<B, P> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let path = RawPathParams::from_request_parts(&mut parts, app).await;
        let path = path.map_err(|_| Problem::new(Code::NotFound, "the path is not UTF-8"))?;
        let path = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let query = P::parse(parts.uri.query().unwrap_or_default())?;
        let body =
            to_bytes(body, JOBS_BYTES_MAX).await.map_err(|_| Problem::body_too_large(JOBS_BYTES_MAX))?;
        let body = B::parse(&parts, &body)?;
        let missing = || shared::error::Fault::new("reading the request", "the pipeline was left out");
        let identity = parts.extensions.remove::<RequestIdentity>().ok_or_else(missing)?;
        Ok(Self {
            app: Arc::clone(app),
            caller: parts.extensions.remove::<Caller>().ok_or_else(missing)?,
            body,
            query,
            idempotency_key: identity.key,
            name: identity.name,
            precondition: Precondition::read(&parts.headers)?,
            request_id: parts.extensions.remove::<RequestId>().ok_or_else(missing)?,
            path,
        })
    }
}

impl RequestBody for () {
    const IS_PRESENT: bool = false;

    fn schema(_generator: &mut SchemaGenerator) -> Option<Schema> {
        None
    }

    fn parse(_parts: &Parts, _body: &Bytes) -> Result<Self, Problem> {
        Ok(())
    }
}

impl<T: DeserializeOwned + JsonSchema + Send> RequestBody for Json<T> {
    const IS_PRESENT: bool = true;

    fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        Some(generator.subschema_for::<T>())
    }

    fn parse(parts: &Parts, body: &Bytes) -> Result<Self, Problem> {
        let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_encoded = parts.headers.contains_key(header::CONTENT_ENCODING);
        if is_encoded || !content_type.is_some_and(is_json) {
            let detail = "send JSON with Content-Type: application/json, unencoded";
            return Err(Problem::new(Code::UnsupportedMediaType, detail));
        }
        Ok(Self(parse::from_value(&parse::json(body)?, false)?))
    }
}

fn is_json(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

impl Parameters for () {
    fn schema(_generator: &mut SchemaGenerator) -> Option<Schema> {
        None
    }

    fn parse(query: &str) -> Result<Self, Rejected> {
        parse::query::<NoParameters>(query).map(|NoParameters {}| ())
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct NoParameters {}

impl<T: DeserializeOwned + JsonSchema + Send> Parameters for Query<T> {
    fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        Some(T::json_schema(generator))
    }

    fn parse(query: &str) -> Result<Self, Rejected> {
        parse::query(query).map(Self)
    }
}
