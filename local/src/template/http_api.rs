//! `AWS::Serverless::HttpApi`. Its routes are events of the functions.

use std::time::Duration;

use super::error::Result;
use super::properties::Properties;
use super::resource::Resource;
use super::scope::Scope;

const NOT_EMULATED: [&str; 3] = ["AccessLogSettings", "Description", "Tags"];

/// A day: the longest that API Gateway takes.
const MAX_AGE_SECONDS_MAX: u32 = 86_400;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpApi {
    pub logical_id: String,
    pub cors: Option<Cors>,
}

/// The headers that API Gateway gives a preflight request by itself, and adds to every other answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cors {
    /// `https://app.example`, `https://*` or `*`.
    pub allow_origins: Vec<String>,
    pub allow_methods: Vec<String>,
    pub allow_headers: Vec<String>,
    pub expose_headers: Vec<String>,
    pub allow_credentials: bool,
    pub max_age: Option<Duration>,
}

pub(super) fn read(resource: &Resource, scope: &Scope, left_out: &mut Vec<String>) -> Result<HttpApi> {
    let mut properties = resource.properties(scope, &NOT_EMULATED, left_out)?;
    let cors = properties.nested("CorsConfiguration", "CorsConfiguration")?;
    properties.finish()?;
    Ok(HttpApi { logical_id: resource.logical_id.clone(), cors: cors.map(read_cors).transpose()? })
}

fn read_cors(mut cors: Properties) -> Result<Cors> {
    let read = Cors {
        allow_origins: cors.texts("AllowOrigins")?,
        allow_methods: cors.texts("AllowMethods")?,
        allow_headers: cors.texts("AllowHeaders")?,
        expose_headers: cors.texts("ExposeHeaders")?,
        allow_credentials: cors.boolean("AllowCredentials", false)?,
        max_age: cors.take("MaxAge").map(|age| age.seconds(0..=MAX_AGE_SECONDS_MAX)).transpose()?,
    };
    cors.finish()?;
    Ok(read)
}
