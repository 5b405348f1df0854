//! The parameters of a route: in its path, its query and its headers.

use schemars::{Schema, SchemaGenerator};
use serde_json::{Value, json};
use shared::idempotency::KEY_CHARS_MAX;

use crate::path_parameter::PathParameter;
use crate::precondition::TAGS_BYTES_MAX;
use crate::route::{Idempotency, Route};

pub fn of(route: &Route, requests: &mut SchemaGenerator) -> Vec<Value> {
    let mut parameters: Vec<Value> = route.path_parameters.iter().copied().map(in_path).collect();
    if let Some(schema) = (route.contract.parameters)(requests) {
        parameters.extend(in_query(&schema));
    }
    if route.is_read() {
        let names = (route.contract.fields)();
        parameters.push(json!({
            "name": "fields", "in": "query", "required": false,
            "description": "Returns only these fields; in a listing, of each entry.",
            "style": "form", "explode": false,
            "schema": { "type": "array", "items": { "type": "string", "enum": names }, "minItems": 1 },
        }));
        parameters
            .push(entity_tag("If-None-Match", "An `ETag`. Returns 304 if the response is still the same."));
    }
    if route.idempotency != Idempotency::Inherent {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "Names the request: however often it is repeated under the same key, it has its effect once.",
            "schema": {
                "type": "string", "minLength": 1, "maxLength": KEY_CHARS_MAX,
                "pattern": "^[!#-+\\--~]([ !#-+\\--~]*[!#-+\\--~])?$",
            },
        }));
    }
    if route.is_conditional {
        parameters.push(entity_tag(
            "If-Match",
            "An `ETag`. Changes nothing and returns 412 if the resource is no longer the same.",
        ));
    }
    parameters
}

fn in_path(parameter: PathParameter) -> Value {
    json!({
        "name": parameter.name(), "in": "path", "required": true,
        "description": parameter.description(), "schema": parameter.schema(),
    })
}

fn entity_tag(name: &str, description: &str) -> Value {
    let schema = json!({ "type": "string", "maxLength": TAGS_BYTES_MAX });
    json!({ "name": name, "in": "header", "required": false, "description": description, "schema": schema })
}

fn in_query(schema: &Schema) -> Vec<Value> {
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let parameter = |(name, mut schema): (String, Value)| {
        let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        // A query has no null: a parameter is there, or it is not.
        if let Some(kinds) = schema["type"].as_array().cloned() {
            schema["type"] = kinds.into_iter().find(|kind| kind != "null").unwrap_or_default();
        }
        if let Some(names) = schema.get_mut("enum").and_then(Value::as_array_mut) {
            names.retain(|name| !name.is_null());
        }
        if let Some(choices) = schema["anyOf"].as_array().cloned() {
            schema = choices.into_iter().find(|choice| choice["type"] != "null").unwrap_or_default();
        }
        let is_required = required.iter().any(|required| *required == name.as_str());
        let schema = without_null_default(schema);
        let mut parameter = json!({
            "name": name, "in": "query", "required": is_required, "description": description, "schema": schema,
        });
        if parameter["schema"]["type"] == "array" {
            (parameter["style"], parameter["explode"]) = ("form".into(), false.into());
        }
        parameter
    };
    properties.into_iter().map(parameter).collect()
}

fn without_null_default(mut schema: Value) -> Value {
    if schema["default"].is_null()
        && let Some(schema) = schema.as_object_mut()
    {
        schema.remove("default");
    }
    schema
}
