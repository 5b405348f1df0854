//! The OpenAPI 3.1 document, made from the table of routes and the types that they take and return.

use std::sync::OnceLock;

use axum::http::{HeaderName, HeaderValue, header};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::problem::{Code, Document};
use crate::route::{Access, Route};

pub mod examples;
mod parameters;
mod responses;
mod schemas;

/// The document and the pages made from it change only with a deployment.
pub const CACHE_CONTROL: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));

const INTRODUCTION: &str = "Uploads and background jobs. Create an upload, send its file to the storage, and read \
    what became of it. Errors are problem documents (RFC 9457) with a stable `code`. Every request that changes \
    something can be repeated safely: a `POST` under an `Idempotency-Key`, all others as they are.";

/// The document of the routes that this process serves.
pub fn served(routes: &[Route]) -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| document(routes))
}

/// The document as it is served.
pub fn document(routes: &[Route]) -> Value {
    let mut requests = generator(SchemaSettings::draft2020_12().for_deserialize());
    let mut responses = generator(SchemaSettings::draft2020_12().for_serialize());
    let mut paths = Map::new();
    for route in routes {
        let operation = operation(route, routes, &mut requests, &mut responses);
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.as_str().to_ascii_lowercase()] = operation;
    }
    let problem = responses.subschema_for::<Document>();
    let schemas = schemas::of(requests.take_definitions(true), responses.take_definitions(true));
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
            "responses": responses::problems(routes, &problem),
            "headers": responses::headers(),
            "securitySchemes": {
                "api_key": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "mk_<tenant>_<id><secret>",
                    "description": "An API key. Each operation names the scope that the key must have.",
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
    requests: &mut SchemaGenerator,
    responses: &mut SchemaGenerator,
) -> Value {
    let mut operation = json!({
        "operationId": route.name,
        "summary": route.summary,
        "description": description(route),
        "tags": [route.resource.name],
        "parameters": parameters::of(route, requests),
        "responses": responses::of(route, routes, responses),
        // Codes of one status share a response; this lists those that the route may return.
        "x-problem-codes": route.problems().into_iter().map(Code::as_str).collect::<Vec<_>>(),
    });
    operation["security"] = match route.access {
        Access::Public => json!([]),
        Access::Needs(scope) => json!([{ "api_key": [scope.as_str()] }]),
    };
    if let Some(schema) = (route.contract.body)(requests) {
        operation["requestBody"] = json!({
            "required": true,
            "description": format!("At most {} bytes.", route.body_bytes_max),
            "content": { "application/json": { "schema": schema } },
        });
    }
    examples::add(&mut operation, route);
    operation
}

fn description(route: &Route) -> String {
    let unit = if route.tokens == 1 { "token" } else { "tokens" };
    match (route.access, route.tokens) {
        (Access::Public, 0) => "Needs no API key, and is not rate limited.".to_owned(),
        (Access::Public, tokens) => {
            format!("Needs no API key. Costs {tokens} {unit} of the rate limit of the client's address.")
        }
        (Access::Needs(scope), tokens) => {
            format!("Needs the scope `{scope}`. Costs {tokens} {unit} of the rate limit.")
        }
    }
}

fn tags(routes: &[Route]) -> Vec<Value> {
    let mut resources = Vec::new();
    for route in routes {
        if !resources.contains(&route.resource) {
            resources.push(route.resource);
        }
    }
    let tag = |resource: &crate::route::Resource| json!({ "name": resource.name, "description": resource.description });
    resources.iter().map(tag).collect()
}
