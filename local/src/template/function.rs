//! `AWS::Serverless::Function`: a Rust binary, what starts it and what it may do.

use std::collections::BTreeMap;
use std::time::Duration;

use super::destination::on_failure;
use super::error::{Result, TemplateError};
use super::event::{self, Event};
use super::node::Entry;
use super::policy::{self, Roles, Statement};
use super::properties::Properties;
use super::resource::Resource;
use super::scope::Scope;

const NOT_EMULATED: [&str; 4] = ["Architectures", "EphemeralStorage", "LoggingConfig", "Tracing"];

/// How the binary is packed and described, which [`check_build`] sees to.
const PACKAGING: [&str; 4] = ["CodeUri", "Description", "Handler", "Tags"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its folder, package and binary: `intake` for `IntakeFunction`.
    pub name: String,
    pub logical_id: String,
    /// The deployed name: `AWS_LAMBDA_FUNCTION_NAME`.
    pub deployed_name: String,
    pub memory_mb: u32,
    pub timeout: Duration,
    /// The template's variables alone, without those that Lambda adds.
    pub environment: BTreeMap<String, String>,
    /// The statements of its own policies or its role; what its event sources imply is not among them.
    pub statements: Vec<Statement>,
    /// Whether a role of the template says all that it may do. Otherwise SAM adds what its event sources imply.
    pub has_role: bool,
    /// None is bounded by the account alone.
    pub reserved_concurrency: Option<u32>,
    /// How often a failed asynchronous invocation is made again.
    pub async_retries: u32,
    /// How long an asynchronous event is kept for another try.
    pub async_event_age_max: Duration,
    /// The name of the queue that gets an asynchronous event after its last try.
    pub on_failure: Option<String>,
    pub events: Vec<Event>,
}

pub(super) fn read(
    resource: &Resource,
    scope: &Scope,
    roles: &Roles,
    left_out: &mut Vec<String>,
) -> Result<Function> {
    let name = name(resource)?;
    check_build(resource, &name)?;
    let mut properties = resource.properties(scope, &NOT_EMULATED, left_out)?;
    for packaging in PACKAGING {
        properties.take(packaging);
    }
    properties.only("Runtime", "provided.al2023")?;
    let memory_mb = properties.number("MemorySize", 128, 128..=10_240)?;
    let timeout = properties.seconds("Timeout", 3, 1..=900)?;
    let environment = environment(&mut properties)?;
    let role = properties.take("Role");
    let statements = match &role {
        Some(role) => roles.of(role, scope)?,
        None => policy::read(&mut properties)?,
    };
    let reserved_concurrency =
        properties.take("ReservedConcurrentExecutions").map(|node| node.number(0..=u32::MAX)).transpose()?;
    let invocation = AsyncInvocation::read(&mut properties, scope)?;
    let events = event::read(&mut properties, scope, left_out, &resource.logical_id)?;
    properties.finish()?;
    Ok(Function {
        name,
        logical_id: resource.logical_id.clone(),
        deployed_name: resource.name.clone(),
        memory_mb,
        timeout,
        environment,
        statements,
        has_role: role.is_some(),
        reserved_concurrency,
        async_retries: invocation.retries,
        async_event_age_max: invocation.event_age_max,
        on_failure: invocation.on_failure,
        events,
    })
}

/// `ImageResizeFunction` is `image-resize`.
fn name(resource: &Resource) -> Result<String> {
    let Some(words) = resource.logical_id.strip_suffix("Function").filter(|words| !words.is_empty()) else {
        let message = format!("a function is called <Name>Function, not {}", resource.logical_id);
        return Err(TemplateError::at(resource.line, message));
    };
    let mut name = String::new();
    for letter in words.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    Ok(name)
}

/// A function of another binary would be built and deployed, and another one run here.
fn check_build(resource: &Resource, name: &str) -> Result<()> {
    let Some(metadata) = resource.metadata() else { return Ok(()) };
    let mut metadata = metadata?;
    metadata.only("BuildMethod", "rust-cargolambda")?;
    if let Some(mut build) = metadata.nested("BuildProperties", "BuildProperties")? {
        build.only("Binary", name)?;
    }
    Ok(())
}

fn environment(properties: &mut Properties) -> Result<BTreeMap<String, String>> {
    let Some(mut environment) = properties.nested("Environment", "Environment")? else {
        return Ok(BTreeMap::new());
    };
    let variables = environment.required("Variables")?;
    environment.finish()?;
    let variable = |entry: &Entry| Ok((entry.key.clone(), entry.value.text()?.to_owned()));
    variables.entries()?.iter().map(variable).collect()
}

struct AsyncInvocation {
    retries: u32,
    event_age_max: Duration,
    on_failure: Option<String>,
}

impl AsyncInvocation {
    const RETRIES: u32 = 2;
    const EVENT_AGE_SECONDS_MAX: u32 = 21_600;

    fn read(properties: &mut Properties, scope: &Scope) -> Result<Self> {
        let Some(mut config) = properties.nested("EventInvokeConfig", "EventInvokeConfig")? else {
            let event_age_max = Duration::from_secs(u64::from(Self::EVENT_AGE_SECONDS_MAX));
            return Ok(Self { retries: Self::RETRIES, event_age_max, on_failure: None });
        };
        let age_max = Self::EVENT_AGE_SECONDS_MAX;
        let invocation = Self {
            retries: config.number("MaximumRetryAttempts", Self::RETRIES, 0..=Self::RETRIES)?,
            event_age_max: config.seconds("MaximumEventAgeInSeconds", age_max, 60..=age_max)?,
            on_failure: on_failure(&mut config, scope)?,
        };
        config.finish()?;
        Ok(invocation)
    }
}
