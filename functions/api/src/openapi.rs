//! The OpenAPI 3.1 document, made from the table of routes and the types that they take and answer.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};
use shared::id::{ApiKeyId, JobId, UploadId};
use shared::recipe::RecipeName;

use crate::pipeline::{BODY_BYTES_MAX, HEADERS_BYTES_MAX};
use crate::problem::{Code, Document};
use crate::route::{Access, Idempotency, Route};

mod answers;

const INTRODUCTION: &str = "Uploads and background jobs. Announce a file, send it to the storage, and ask what became \
    of it. Errors are problem documents (RFC 9457) with a stable `code`. Everything that changes something may be \
    repeated safely: under an `Idempotency-Key` where it is a `POST`.";

/// The document as it is served.
pub fn document(routes: &[Route]) -> Value {
    let mut taken = generator(SchemaSettings::draft2020_12().for_deserialize());
    let mut answered = generator(SchemaSettings::draft2020_12().for_serialize());
    let mut paths = Map::new();
    for route in routes {
        let operation = operation(route, routes, &mut taken, &mut answered);
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.as_str().to_ascii_lowercase()] = operation;
    }
    let problem = answered.subschema_for::<Document>();
    let mut schemas = taken.take_definitions(true);
    // What is both taken and answered is described as strictly as what is taken.
    for (name, schema) in answered.take_definitions(true) {
        schemas.entry(name).or_insert(schema);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Millrace",
            "version": env!("CARGO_PKG_VERSION"),
            "description": INTRODUCTION,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "api_key": [] }],
        "tags": tags(routes),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": answers::problems(&problem),
            "headers": answers::headers(),
            "securitySchemes": {
                "api_key": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "mk_<tenant>_<id><secret>",
                    "description": "An API key. Each call says which scope the key must have.",
                },
            },
        },
    })
}

fn generator(settings: SchemaSettings) -> SchemaGenerator {
    settings
        .with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        })
        .into_generator()
}

fn operation(
    route: &Route,
    routes: &[Route],
    taken: &mut SchemaGenerator,
    answered: &mut SchemaGenerator,
) -> Value {
    let mut operation = json!({
        "operationId": route.name,
        "summary": route.summary,
        "tags": [tag(route)],
        "parameters": parameters(route, taken),
        "responses": answers::responses(route, routes, answered),
    });
    // Statuses are shared by codes; this says which of them the route may answer.
    operation["x-problem-codes"] =
        answers::problems_of(route).into_iter().map(Code::as_str).collect::<Vec<_>>().into();
    match route.access {
        Access::Public => operation["security"] = json!([]),
        Access::Needs(scope) => {
            operation["security"] = json!([{ "api_key": [scope.as_str()] }]);
            let tokens = route.tokens;
            let unit = if tokens == 1 { "token" } else { "tokens" };
            operation["description"] =
                format!("Needs the scope `{scope}`. Takes {tokens} {unit} of the rate limit.").into();
        }
    }
    if let Some(schema) = (route.contract.body)(taken) {
        operation["requestBody"] = json!({
            "required": true,
            "description": format!("At most {BODY_BYTES_MAX} bytes."),
            "content": { "application/json": { "schema": schema } },
        });
    }
    operation
}

fn parameters(route: &Route, taken: &mut SchemaGenerator) -> Vec<Value> {
    let mut parameters: Vec<Value> = path_parameters(route.path).collect();
    if let Some(schema) = (route.contract.parameters)(taken) {
        parameters.extend(query_parameters(&schema));
    }
    if route.method == http::Method::GET && route.access != Access::Public {
        let names = (route.contract.fields)();
        parameters.push(json!({
            "name": "fields", "in": "query",
            "description": "Answers these fields alone; of a listing, of each entry.",
            "style": "form", "explode": false,
            "schema": { "type": "array", "items": { "type": "string", "enum": names }, "minItems": 1 },
        }));
        parameters.push(header("If-None-Match", "An `ETag`: what is still like that is answered 304."));
    }
    if route.idempotency != Idempotency::Inherent {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header",
            "description": "Names the request: repeated under the same key, it has its effect once.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~]([ !#-~]*[!#-~])?$" },
        }));
    }
    if answers::takes_precondition(route) {
        parameters.push(header("If-Match", "An `ETag`: what is no longer like that is left alone (412)."));
    }
    parameters
}

fn header(name: &str, description: &str) -> Value {
    let schema = json!({ "type": "string", "maxLength": HEADERS_BYTES_MAX / 8 });
    json!({ "name": name, "in": "header", "description": description, "schema": schema })
}

/// The names in braces of a path.
pub fn path_parameter_names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn path_parameters(path: &str) -> impl Iterator<Item = Value> {
    path_parameter_names(path).map(|name| {
        let schema = match (path.split('/').nth(2), name) {
            (_, "code") => json!({ "type": "string", "enum": Code::ALL.map(Code::as_str) }),
            (Some("uploads"), "id") => json!({ "type": "string", "pattern": UploadId::pattern() }),
            (Some("jobs"), "id") => json!({ "type": "string", "pattern": JobId::pattern() }),
            (Some("api-keys"), "id") => json!({ "type": "string", "pattern": ApiKeyId::pattern() }),
            (Some("recipes"), "name") => json!({ "type": "string", "pattern": RecipeName::pattern() }),
            _ => json!({ "type": "string", "minLength": 1, "maxLength": 64 }),
        };
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    })
}

fn query_parameters(schema: &Schema) -> Vec<Value> {
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let parameter = |(name, mut schema): (String, Value)| {
        let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        // A query has no null: a parameter is there, or it is not.
        if let Some(kinds) = schema["type"].as_array().cloned() {
            schema["type"] = kinds.into_iter().find(|kind| kind != "null").unwrap_or_default();
        }
        if let Some(choices) = schema["anyOf"].as_array().cloned() {
            schema = choices.into_iter().find(|choice| choice["type"] != "null").unwrap_or_default();
        }
        let is_required = required.iter().any(|required| *required == name.as_str());
        let schema = without_null_default(schema);
        json!({ "name": name, "in": "query", "description": description, "required": is_required, "schema": schema })
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

fn tag(route: &Route) -> &'static str {
    let mut parts = route.path.split('/').skip(1);
    match (parts.next(), parts.next()) {
        (Some("v1"), Some("openapi.json")) | (Some("v1"), None) => "service",
        (Some("v1"), Some(resource)) => resource,
        _ => "service",
    }
}

fn tags(routes: &[Route]) -> Vec<Value> {
    let mut tags: Vec<&str> = Vec::new();
    for tag in routes.iter().map(tag) {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags.into_iter().map(|tag| json!({ "name": tag })).collect()
}
