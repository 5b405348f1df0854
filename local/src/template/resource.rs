//! The resources that a template declares, and how they are called.

use super::document::{Document, merged};
use super::error::{Result, TemplateError};
use super::kind::Kind;
use super::node::{Entry, Node, Value};
use super::properties::Properties;
use super::scope::Scope;

/// The most that CloudFormation takes.
const RESOURCES_MAX: usize = 500;

pub struct Resource {
    pub logical_id: String,
    pub kind: Kind,
    /// The deployed name of the resource: the template's, or stack and logical id.
    pub name: String,
    pub line: usize,
    /// Not resolved yet, with the global properties of its kind.
    properties: Node,
    metadata: Option<Node>,
}

/// The resources whose condition holds, each known to `scope` by then.
pub fn declared(document: &Document, scope: &mut Scope) -> Result<Vec<Resource>> {
    let entries = document.resources.entries()?;
    if entries.len() > RESOURCES_MAX {
        let message = format!("a template has at most {RESOURCES_MAX} resources");
        return Err(TemplateError::at(document.resources.line, message));
    }
    let mut resources = Vec::new();
    for entry in entries {
        if let Some(resource) = Resource::of(entry, document, scope)? {
            resources.push(resource);
        }
    }
    for resource in &resources {
        scope.add_resource(&resource.logical_id, resource.kind, &resource.name);
    }
    Ok(resources)
}

impl Resource {
    fn of(entry: &Entry, document: &Document, scope: &Scope) -> Result<Option<Self>> {
        let logical_id = entry.key.clone();
        let mut declaration = Properties::of(entry.value.clone(), format!("the resource {logical_id}"))?;
        declaration.take("DependsOn");
        let deletion = declaration.take("DeletionPolicy");
        if let Some(replacement) = declaration.take("UpdateReplacePolicy") {
            one_of(&replacement, &["Delete", "Retain"])?;
        }
        let kind = Kind::of(&declaration.required("Type")?)?;
        let condition = declaration.take("Condition");
        let own = declaration
            .take("Properties")
            .unwrap_or(Node { line: entry.line, value: Value::Map(Vec::new()) });
        let metadata = declaration.take("Metadata");
        declaration.finish()?;
        if let Some(condition) = condition
            && !scope.condition(condition.text()?, condition.line)?
        {
            return Ok(None);
        }

        let global = document.function_globals.as_ref().filter(|_| kind == Kind::Function);
        let properties = global.map_or_else(|| own.clone(), |global| merged(global, &own));
        if let Some(deletion) = deletion {
            check_deletion(&deletion, kind, &properties)?;
        }
        let name = name(kind, &properties, &logical_id, scope)?;
        Ok(Some(Self { logical_id, kind, name, line: entry.line, properties, metadata }))
    }

    /// The resolved properties, without those that change nothing on a laptop. These are noted in `left_out`, and
    /// what they refer to is not looked at.
    pub fn properties(
        &self,
        scope: &Scope,
        not_emulated: &[&str],
        left_out: &mut Vec<String>,
    ) -> Result<Properties> {
        let mut kept = Vec::new();
        for entry in self.properties.entries()? {
            if not_emulated.contains(&entry.key.as_str()) {
                left_out.push(format!("{}.{}", self.logical_id, entry.key));
            } else {
                kept.push(entry.clone());
            }
        }
        let kept = Node { line: self.line, value: Value::Map(kept) };
        let resolved = scope.resolve(&kept)?.ok_or_else(|| self.properties.unexpected("properties"))?;
        let mut properties = Properties::of(resolved, self.kind.type_name())?;
        if let Some(property) = self.kind.name_property() {
            properties.take(property);
        }
        Ok(properties)
    }

    pub fn metadata(&self) -> Option<Result<Properties>> {
        self.metadata.clone().map(|metadata| Properties::of(metadata, "Metadata"))
    }

    /// How the resource is listed if it is not emulated.
    pub fn described(&self) -> String {
        format!("{} ({})", self.logical_id, self.kind.type_name())
    }
}

/// A first deployment that fails would leave a retained resource behind, and every later one would fail on its name.
fn check_deletion(policy: &Node, kind: Kind, properties: &Node) -> Result<()> {
    one_of(policy, &["Delete", "Retain", "RetainExceptOnCreate"])?;
    match explicit_name(kind, properties) {
        Some(name) if policy.text()? == "Retain" => {
            let message = format!(
                "Retain of a resource with a {} blocks every deployment after a first one that failed; \
                 use RetainExceptOnCreate",
                name.key
            );
            Err(TemplateError::at(policy.line, message))
        }
        _ => Ok(()),
    }
}

fn one_of(node: &Node, allowed: &[&str]) -> Result<()> {
    if allowed.contains(&node.text()?) { Ok(()) } else { Err(node.unexpected(&allowed.join(" or "))) }
}

fn explicit_name(kind: Kind, properties: &Node) -> Option<&Entry> {
    let property = kind.name_property()?;
    properties.entries().ok()?.iter().find(|entry| entry.key == property)
}

/// A name that is spelt out may refer to parameters, but to no other resource.
fn name(kind: Kind, properties: &Node, logical_id: &str, scope: &Scope) -> Result<String> {
    let stack = &scope.deployment.stack_name;
    let (name, line) = match (explicit_name(kind, properties), kind) {
        (Some(entry), _) => (scope.text(&entry.value)?, entry.line),
        (None, Kind::Bucket) => (format!("{stack}-{logical_id}").to_lowercase(), properties.line),
        (None, _) => (format!("{stack}-{logical_id}"), properties.line),
    };
    let (lengths, allows): (_, fn(char) -> bool) = match kind {
        Kind::Bucket => (3..=63, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.')),
        Kind::Queue => (1..=80, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')),
        Kind::Table => (3..=255, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')),
        Kind::Function => (1..=64, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')),
        _ => return Ok(name),
    };
    if lengths.contains(&name.len()) && name.chars().all(allows) {
        return Ok(name);
    }
    Err(TemplateError::at(line, format!("{name:?} cannot be the name of an {}", kind.type_name())))
}
