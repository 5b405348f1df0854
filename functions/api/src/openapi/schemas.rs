//! Schemas as generators of clients and readers want them: enums whole and flat, and no default that would make a field
//! of a request required.

use serde_json::{Map, Value};

/// The schemas of requests and of responses by name. A type of both is described as strictly as requests need it.
pub fn of(requests: Map<String, Value>, responses: Map<String, Value>) -> Map<String, Value> {
    let mut all = responses;
    all.values_mut().for_each(without_null_for_absent);
    all.extend(requests);
    let enums = all.clone();
    for schema in all.values_mut() {
        tidy(schema, &enums);
    }
    all
}

/// A field of a response that may be absent is never `null`.
fn without_null_for_absent(schema: &mut Value) {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (name, property) in properties {
        if required.iter().any(|required| required == name) {
            continue;
        }
        if let Some(kind) =
            property["type"].as_array().and_then(|kinds| kinds.iter().find(|kind| *kind != "null"))
        {
            property["type"] = kind.clone();
        }
        let choice =
            property["anyOf"].as_array().and_then(|kinds| kinds.iter().find(|kind| kind["type"] != "null"));
        if let Some(reference) = choice.filter(|choice| choice.get("$ref").is_some()).cloned() {
            property["$ref"] = reference["$ref"].clone();
            remove(property, "anyOf");
        }
    }
}

fn tidy(schema: &mut Value, all: &Map<String, Value>) {
    if let Some((names, descriptions)) = names_of(schema, all) {
        remove(schema, "oneOf");
        remove(schema, "anyOf");
        schema["type"] = "string".into();
        schema["enum"] = names.into();
        if !descriptions.is_empty() {
            schema["x-enumDescriptions"] = descriptions.into();
        }
    }
    say_default(schema);
    // OpenAPI knows no unsigned formats.
    match schema["format"].as_str() {
        Some("uint64") => schema["format"] = "int64".into(),
        Some("uint8" | "uint16" | "uint32") => schema["format"] = "int32".into(),
        _ => {}
    }
    if let Some(text) = schema["description"].as_str() {
        schema["description"] = unwrapped(text).into();
    }
    for part in parts_of(schema) {
        tidy(part, all);
    }
}

/// The schemas within a schema.
fn parts_of(schema: &mut Value) -> Vec<&mut Value> {
    let mut parts = Vec::new();
    for (name, part) in schema.as_object_mut().into_iter().flatten() {
        match (name.as_str(), part) {
            ("properties", Value::Object(properties)) => parts.extend(properties.values_mut()),
            ("anyOf" | "oneOf" | "allOf", Value::Array(choices)) => parts.extend(choices),
            ("items" | "additionalProperties", part @ Value::Object(_)) => parts.push(part),
            _ => {}
        }
    }
    parts
}

/// The names that a schema allows, and what some of them mean, if it is a choice of nothing but names.
fn names_of(schema: &Value, all: &Map<String, Value>) -> Option<(Vec<Value>, Map<String, Value>)> {
    let choices = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array())?;
    let (mut names, mut descriptions) = (Vec::new(), Map::new());
    for choice in choices {
        let choice = match choice["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            Some(name) => all.get(name)?,
            None => choice,
        };
        if let Some((inner, described)) = names_of(choice, all) {
            names.extend(inner);
            descriptions.extend(described);
        } else if let Some(name) = choice["const"].as_str() {
            names.push(name.into());
            if let Some(text) = choice["description"].as_str() {
                descriptions.insert(name.to_owned(), unwrapped(text).into());
            }
        } else {
            let listed = choice["enum"].as_array().filter(|names| names.iter().all(Value::is_string))?;
            names.extend(listed.iter().cloned());
        }
    }
    Some((names, descriptions))
}

/// Says the default in words: generators take a field with one for a field that is always there, in requests too.
fn say_default(schema: &mut Value) {
    let Some(default) = remove(schema, "default") else { return };
    let is_said = !default.is_null() && !default.is_array() && !default.is_object();
    if is_said {
        let text = schema["description"].as_str().unwrap_or_default().to_owned();
        let default = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
        schema["description"] = format!("{text} Default: `{default}`.").trim().into();
    }
}

/// Lines of a doc comment end where the source's did.
fn unwrapped(text: &str) -> String {
    text.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect::<Vec<_>>().join("\n\n")
}

fn remove(schema: &mut Value, name: &str) -> Option<Value> {
    schema.as_object_mut()?.remove(name)
}

#[cfg(test)]
mod tests;
