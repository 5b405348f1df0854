//! The values of the template's parameters: an override, or the default.

use std::collections::BTreeMap;

use super::error::{Result, TemplateError};
use super::node::{Entry, Node};
use super::properties::Properties;

/// Properties that tell a person something, or check what `sam deploy` checks again.
const IGNORED: [&str; 6] =
    ["Description", "ConstraintDescription", "AllowedPattern", "MinLength", "MaxLength", "NoEcho"];

/// The value of each declared parameter. An override of a parameter that is not declared is an error.
pub fn values(
    section: Option<&Node>,
    overrides: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>> {
    let declared = section.map_or(Ok([].as_slice()), Node::entries)?;
    if let Some(unknown) = overrides.keys().find(|name| !declared.iter().any(|entry| entry.key == **name)) {
        let line = section.map_or(1, |section| section.line);
        return Err(TemplateError::at(line, format!("the template has no parameter {unknown}")));
    }
    declared.iter().map(|entry| Ok((entry.key.clone(), value(entry, overrides.get(&entry.key))?))).collect()
}

fn value(parameter: &Entry, given: Option<&String>) -> Result<String> {
    let name = &parameter.key;
    let mut properties = Properties::of(parameter.value.clone(), "a parameter")?;
    for ignored in IGNORED {
        properties.take(ignored);
    }
    let kind = properties.required("Type")?;
    let default = properties.text("Default")?;
    let allowed = properties.texts("AllowedValues")?;
    let lowest = properties.take("MinValue").map(|node| node.number(0..=u32::MAX)).transpose()?;
    let highest = properties.take("MaxValue").map(|node| node.number(0..=u32::MAX)).transpose()?;
    properties.finish()?;

    let wrong = |message: String| TemplateError::at(parameter.line, message);
    let value =
        given.cloned().or(default).ok_or_else(|| wrong(format!("the parameter {name} needs a value")))?;
    if !allowed.is_empty() && !allowed.contains(&value) {
        return Err(wrong(format!("{name} is {value:?}, which is not one of {}", allowed.join(", "))));
    }
    match kind.text()? {
        "String" => {}
        "Number" => {
            let number: u32 = value
                .parse()
                .map_err(|_| wrong(format!("{name} is {value:?}, which is not a whole number")))?;
            if lowest.is_some_and(|lowest| number < lowest) || highest.is_some_and(|highest| number > highest)
            {
                return Err(wrong(format!("{name} is {number}, which is out of its range")));
            }
        }
        _ => return Err(kind.unexpected("String or Number")),
    }
    Ok(value)
}
