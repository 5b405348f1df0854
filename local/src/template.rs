//! Reads `template.yaml`: the deployed system, resolved into what the local stack has to stand up.
//!
//! Reading order: `yaml` makes lines into nodes, `scope` and `intrinsics` make references into values, and one module
//! for each kind of resource makes its properties into the typed values below. `check` holds them against each other.
//!
//! A setting that matters and is not understood is a [`TemplateError`] that names the line. One that cannot change
//! behaviour on a laptop (alarms, log groups, outputs, encryption) is listed in [`Template::not_emulated`].

pub mod alarm;
pub mod bucket;
pub mod deployment;
pub mod error;
pub mod event;
pub mod function;
pub mod http_api;
pub mod policy;
pub mod queue;
pub mod table;

mod check;
mod destination;
mod document;
mod intrinsics;
mod kind;
mod node;
mod parameters;
mod properties;
mod resource;
mod scope;
mod yaml;

use std::fs::File;
use std::io::Read;
use std::path::Path;

pub use alarm::Alarm;
pub use bucket::{Bucket, LifecycleRule};
pub use deployment::Deployment;
pub use error::{Result, TemplateError};
pub use event::Event;
pub use function::Function;
pub use http_api::{Cors, HttpApi, Throttle};
pub use policy::{Condition, Effect, Statement};
pub use queue::{Queue, Redrive};
pub use table::{AttributeType, Index, Key, Projection, Table};

use document::Document;
use kind::Kind;
use policy::Roles;
use resource::Resource;
use scope::Scope;

/// The most that CloudFormation takes, from S3.
pub const TEMPLATE_BYTES_MAX: usize = 1_000_000;

/// The declarations of the template, with every reference resolved, in the order in which they are made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    pub functions: Vec<Function>,
    pub tables: Vec<Table>,
    pub queues: Vec<Queue>,
    pub buckets: Vec<Bucket>,
    pub http_api: Option<HttpApi>,
    pub alarms: Vec<Alarm>,
    /// Settings that are understood and left out, such as `Table.SSESpecification` or `ApiLogs (AWS::Logs::LogGroup)`.
    pub not_emulated: Vec<String>,
}

/// Reads and resolves the template at `path` as it would be deployed by `deployment`.
pub fn load(path: &Path, deployment: &Deployment) -> Result<Template> {
    let unreadable = |source| TemplateError::Unreadable { file: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let mut text = String::new();
    file.take(TEMPLATE_BYTES_MAX as u64 + 1).read_to_string(&mut text).map_err(unreadable)?;
    let name = path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy());
    read(&text, deployment).map_err(|error| error.in_file(&name))
}

/// Resolves the text of a template as it would be deployed by `deployment`.
pub fn read(text: &str, deployment: &Deployment) -> Result<Template> {
    if text.len() > TEMPLATE_BYTES_MAX {
        return Err(TemplateError::at(1, format!("a template has at most {TEMPLATE_BYTES_MAX} bytes")));
    }
    let document = Document::of(yaml::parse(text)?)?;
    let mut scope = Scope::new(deployment, document.parameters.as_ref(), document.conditions.as_ref())?;
    let resources = resource::declared(&document, &mut scope)?;

    let roles = Roles::read(&resources, &scope)?;
    let mut template = Template::default();
    for resource in &resources {
        template.add(resource, &scope, &roles)?;
    }
    if document.has_outputs {
        template.not_emulated.push("Outputs".to_owned());
    }
    check::event_sources(&template)?;
    Ok(template)
}

impl Template {
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }

    fn add(&mut self, resource: &Resource, scope: &Scope, roles: &Roles) -> Result<()> {
        let left_out = &mut self.not_emulated;
        match resource.kind {
            Kind::Function => self.functions.push(function::read(resource, scope, roles, left_out)?),
            Kind::Table => self.tables.push(table::read(resource, scope, left_out)?),
            Kind::Queue => self.queues.push(queue::read(resource, scope, left_out)?),
            Kind::Bucket => self.buckets.push(bucket::read(resource, scope, left_out)?),
            Kind::BucketPolicy => {
                bucket::check_policy(resource, scope)?;
                left_out.push(resource.described());
            }
            Kind::HttpApi if self.http_api.is_some() => {
                return Err(TemplateError::at(resource.line, "the local stack serves one HTTP API"));
            }
            Kind::HttpApi => self.http_api = Some(http_api::read(resource, scope, left_out)?),
            Kind::Role => {}
            Kind::Alarm => {
                self.alarms.push(alarm::read(resource, scope)?);
                left_out.push(resource.described());
            }
            Kind::LogGroup => left_out.push(resource.described()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
