//! The sections of a template.

use super::error::Result;
use super::node::{Node, Value};
use super::properties::Properties;

const TRANSFORM: &str = "AWS::Serverless-2016-10-31";

pub struct Document {
    pub parameters: Option<Node>,
    pub conditions: Option<Node>,
    pub resources: Node,
    pub has_outputs: bool,
    /// Defaults of every function's properties.
    pub function_globals: Option<Node>,
}

impl Document {
    pub fn of(root: Node) -> Result<Self> {
        let mut sections = Properties::of(root, "a template")?;
        for ignored in ["AWSTemplateFormatVersion", "Description", "Metadata"] {
            sections.take(ignored);
        }
        let transform = sections.required("Transform")?;
        if !transform.texts()?.iter().all(|name| name == TRANSFORM) {
            return Err(transform.unexpected(TRANSFORM));
        }
        let mut globals = sections.nested("Globals", "Globals")?;
        let document = Self {
            parameters: sections.take("Parameters"),
            conditions: sections.take("Conditions"),
            resources: sections.required("Resources")?,
            has_outputs: sections.take("Outputs").is_some(),
            function_globals: globals.as_mut().and_then(|globals| globals.take("Function")),
        };
        globals.map_or(Ok(()), Properties::finish)?;
        sections.finish()?;
        Ok(document)
    }
}

/// Merges a function's own properties and the global ones as SAM does: keys are merged, lists are joined with the
/// global items first, and any other value is replaced by the function's.
pub fn merged(global: &Node, own: &Node) -> Node {
    let value = match (&global.value, &own.value) {
        (Value::Map(global), Value::Map(own)) => {
            let mut entries = global.clone();
            for entry in own {
                match entries.iter_mut().find(|other| other.key == entry.key) {
                    Some(other) => {
                        other.line = entry.line;
                        other.value = merged(&other.value, &entry.value);
                    }
                    None => entries.push(entry.clone()),
                }
            }
            Value::Map(entries)
        }
        (Value::List(global), Value::List(own)) => Value::List([global.as_slice(), own.as_slice()].concat()),
        _ => own.value.clone(),
    };
    Node { line: own.line, value }
}
