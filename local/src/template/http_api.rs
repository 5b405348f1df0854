//! `AWS::Serverless::HttpApi`. Its routes are events of the functions.

use std::time::Duration;

use super::error::Result;
use super::properties::Properties;
use super::resource::Resource;
use super::scope::Scope;

const NOT_EMULATED: [&str; 3] = ["AccessLogSettings", "Description", "Tags"];

/// A day: the longest that API Gateway takes.
const MAX_AGE_SECONDS_MAX: u32 = 86_400;

/// An account's quotas for all its APIs in a Region.
const REQUESTS_PER_SECOND_MAX: u32 = 10_000;
const REQUESTS_BURST_MAX: u32 = 5_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpApi {
    pub logical_id: String,
    pub cors: Option<Cors>,
    pub throttle: Option<Throttle>,
}

/// How many requests the stage passes on, all clients together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    pub per_second: u32,
    pub burst: u32,
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
    let throttle = properties.nested("DefaultRouteSettings", "DefaultRouteSettings")?;
    properties.finish()?;
    Ok(HttpApi {
        logical_id: resource.logical_id.clone(),
        cors: cors.map(read_cors).transpose()?,
        throttle: throttle.map(read_throttle).transpose()?,
    })
}

/// API Gateway takes either alone, and then the account's quota for the other; here both must be said.
fn read_throttle(mut settings: Properties) -> Result<Throttle> {
    let read = Throttle {
        per_second: settings.required("ThrottlingRateLimit")?.number(1..=REQUESTS_PER_SECOND_MAX)?,
        burst: settings.required("ThrottlingBurstLimit")?.number(1..=REQUESTS_BURST_MAX)?,
    };
    settings.finish()?;
    Ok(read)
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
