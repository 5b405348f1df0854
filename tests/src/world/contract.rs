//! Compares responses with the API's document.

use std::sync::LazyLock;

use api::openapi;
use api::problem::Code;
use api::route::Route;
use api::routes::ROUTES;
use http::Method;
use serde_json::Value;

use super::Answer;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| openapi::document(&ROUTES));

/// Fails where a route returns a problem that its line in the table does not name, or a body that its schema does not
/// describe: a field without a description, or one of another type, or a name that its enum lacks.
pub fn assert_as_documented(routes: &[Route], method: &Method, path: &str, answer: &Answer) {
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let route = routes.iter().find(|route| route.method == method && is_at(route.path, path));
    let is_readable = !answer.body.is_empty() && !answer.headers.contains_key("content-encoding");
    let Some(route) = route.filter(|_| is_readable) else { return };
    let content_type =
        answer.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if content_type == "application/problem+json" {
        let codes: Vec<&str> = route.problems().into_iter().map(Code::as_str).collect();
        assert!(codes.contains(&answer.code()), "{method} {} may not return {answer:?}", route.path);
    }
    // Other tables have no document of their own, and API Gateway answers in its own words.
    if !std::ptr::eq(routes, ROUTES.as_slice()) || answer.json.get("message").is_some() {
        return;
    }
    let operation = &DOCUMENT["paths"][route.path][method.as_str().to_ascii_lowercase()];
    let response = resolved(&operation["responses"][answer.status.as_str()]);
    let schema = &response["content"][content_type.split(';').next().unwrap_or_default()]["schema"];
    assert!(schema.is_object(), "{method} {} does not say that it returns {answer:?}", route.path);
    if content_type.contains("json") {
        let is_partial = query.contains("fields=");
        let mismatch = mismatch(schema, &answer.json, "", is_partial);
        assert!(mismatch.is_none(), "{method} {}: {mismatch:?} in {}", route.path, answer.json);
    }
}

fn is_at(template: &str, path: &str) -> bool {
    let is_same = |(named, part): (&str, &str)| named.starts_with('{') || named == part;
    template.split('/').count() == path.split('/').count()
        && template.split('/').zip(path.split('/')).all(is_same)
}

fn resolved(schema: &'static Value) -> &'static Value {
    match schema["$ref"].as_str() {
        Some(path) => DOCUMENT.pointer(path.trim_start_matches('#')).unwrap_or(&Value::Null),
        None => schema,
    }
}

/// The first thing at which `value` is not as `schema` says. `is_partial`: fields may be missing.
fn mismatch(schema: &'static Value, value: &Value, at: &str, is_partial: bool) -> Option<String> {
    let schema = resolved(schema);
    if let Some(choices) = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array()) {
        let fits = choices.iter().any(|choice| mismatch(choice, value, at, is_partial).is_none());
        return (!fits).then(|| format!("{at} is none of its choices"));
    }
    let names = schema["enum"].as_array();
    if names.is_some_and(|names| !names.contains(value)) {
        return Some(format!("{at} is {value}, which its enum lacks"));
    }
    if !has_type(&schema["type"], value) {
        return Some(format!("{at} is {value}, and not of type {}", schema["type"]));
    }
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if let Some(missing) = required.filter(|_| !is_partial).find(|name| value.get(name).is_none()) {
        return Some(format!("{at}/{missing} is missing"));
    }
    let fields = value.as_object().into_iter().flatten().find_map(|(name, field)| {
        let at = format!("{at}/{name}");
        let other = schema.get("additionalProperties").filter(|other| other.is_object());
        match schema["properties"].get(name).or(other) {
            Some(schema) => mismatch(schema, field, &at, is_partial),
            None if schema.get("properties").is_some() => Some(format!("{at} is not documented")),
            None => None,
        }
    });
    let items = value.as_array().into_iter().flatten().enumerate();
    let mut items = items.filter(|_| schema.get("items").is_some());
    fields.or_else(|| {
        items.find_map(|(index, item)| mismatch(&schema["items"], item, &format!("{at}/{index}"), is_partial))
    })
}

fn has_type(kind: &Value, value: &Value) -> bool {
    match kind {
        Value::Array(kinds) => kinds.iter().any(|kind| has_type(kind, value)),
        Value::String(kind) => match kind.as_str() {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "array" => value.is_array(),
            _ => value.is_object(),
        },
        _ => true,
    }
}
