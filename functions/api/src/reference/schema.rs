//! Schemas as tables of fields.

use serde_json::Value;

use super::html::{Element, element, prose, text};

/// Types within types are shown to this depth.
const DEPTH_MAX: usize = 5;

/// The fields of an object, those of the objects in it indented below them.
pub fn fields(document: &Value, schema: &Value) -> Element {
    let mut table = element("table");
    for row in rows(document, schema, "", 0) {
        table = table.with(row);
    }
    table
}

pub fn parameters(parameters: &[Value]) -> Element {
    parameters.iter().fold(element("table"), |table, parameter| {
        let name = parameter["name"].as_str().unwrap_or_default();
        let place = parameter["in"].as_str().unwrap_or_default();
        let needed = if parameter["required"] == true { ", required" } else { "" };
        let kind = format!("{place}{needed}; {}", kind(&parameter["schema"]));
        table.with(row(name, &kind, &parameter["description"]))
    })
}

fn rows(document: &Value, schema: &Value, prefix: &str, depth: usize) -> Vec<Element> {
    let choices = choices(document, schema);
    let is_required = |name: &str| {
        let requires = |choice: &&Value| {
            let required = choice["required"].as_array();
            required.is_some_and(|required| required.iter().any(|required| *required == name))
        };
        choices.iter().all(requires)
    };
    let mut properties: Vec<(&String, &Value)> = Vec::new();
    for property in choices.iter().filter_map(|choice| choice["properties"].as_object()).flatten() {
        if properties.iter().all(|(name, _)| *name != property.0) {
            properties.push(property);
        }
    }
    let mut rows = Vec::new();
    for (name, property) in properties {
        let resolved = resolved(document, property);
        let inner = if resolved["type"] == "array" { &resolved["items"] } else { property };
        let suffix = if resolved["type"] == "array" { "[]" } else { "" };
        let needed = if is_required(name) { "" } else { "optional; " };
        let description = property.get("description").unwrap_or(&resolved["description"]);
        let full = format!("{prefix}{name}{suffix}");
        rows.push(row(&full, &format!("{needed}{}", kind(resolved)), description));
        if depth < DEPTH_MAX {
            rows.extend(self::rows(document, inner, &format!("{full}."), depth + 1));
        }
    }
    rows
}

/// What a value may be, references followed: mostly one.
fn choices<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    if let Some(choices) = schema["anyOf"].as_array() {
        let others =
            choices.iter().filter(|choice| choice["type"] == "object" || choice.get("$ref").is_some());
        return others.flat_map(|choice| self::choices(document, choice)).collect();
    }
    match referred(document, schema) {
        Some(referred) => choices(document, referred),
        None => vec![schema],
    }
}

fn row(name: &str, kind: &str, description: &Value) -> Element {
    let name = element("td").with(element("code").with(text(name)));
    let kind = element("td").class("kind").with(text(kind));
    element("tr").with(name).with(kind).with(element("td").with(prose(description)))
}

/// The schema that a reference leads to; of a choice with null, the other one.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(choices) = schema["anyOf"].as_array() {
        let other = choices.iter().find(|choice| choice["type"] != "null");
        return other.map_or(schema, |other| resolved(document, other));
    }
    referred(document, schema).unwrap_or(schema)
}

fn referred<'a>(document: &'a Value, schema: &Value) -> Option<&'a Value> {
    document.pointer(schema["$ref"].as_str()?.strip_prefix('#')?)
}

/// The type in a few words, with its bounds.
fn kind(schema: &Value) -> String {
    let mut words = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        kind => kind.as_str().unwrap_or("one of").to_owned(),
    };
    let choices =
        schema["enum"].as_array().or_else(|| schema["oneOf"].as_array()).cloned().unwrap_or_default();
    let choices: Vec<String> = choices
        .iter()
        .filter_map(|choice| choice.get("const").unwrap_or(choice).as_str().map(str::to_owned))
        .collect();
    if !choices.is_empty() {
        words = format!("{words}: {}", choices.join(", "));
    }
    let bounds = [
        ("minimum", "at least"),
        ("maximum", "at most"),
        ("minLength", "characters, at least"),
        ("maxLength", "characters, at most"),
        ("minItems", "entries, at least"),
        ("maxItems", "entries, at most"),
        ("default", "if missing"),
    ];
    for (name, said) in bounds {
        match &schema[name] {
            Value::Null | Value::Object(_) | Value::Array(_) => {}
            bound => words = format!("{words}; {said} {}", bound.to_string().trim_matches('"')),
        }
    }
    if let Some(format) = schema["format"].as_str() {
        words = format!("{words} ({format})");
    }
    words
}
