//! The responses of a route: its own, and the problems that it may return instead.

use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::problem::Code;
use crate::route::{Access, MediaType, Route};

/// All responses of a route, by status.
pub fn of(route: &Route, routes: &[Route], schemas: &mut SchemaGenerator) -> Map<String, Value> {
    let status = route.contract.status;
    let own = own(route, routes, schemas);
    let mut responses = Map::new();
    if let Some(other) = route.contract.other_status {
        let mut own = own.clone();
        own["description"] = other.canonical_reason().unwrap_or_default().into();
        own["headers"]["Location"] = reference("headers", "Location");
        responses.insert(other.as_u16().to_string(), own);
    }
    responses.insert(status.as_u16().to_string(), own);
    if route.is_read() {
        let not_modified = "Not Modified: the response is the one that `If-None-Match` names.";
        responses.insert("304".to_owned(), json!({ "description": not_modified }));
    }
    for code in route.problems() {
        // Codes of one status share a response.
        let response = reference("responses", &problem_name(code));
        responses.insert(code.status().as_u16().to_string(), response);
    }
    if route.produces == MediaType::Html && route.own_problems.contains(&Code::NotFound) {
        let page = json!({ "text/html": { "schema": { "type": "string" } } });
        responses.insert(
            "404".to_owned(),
            json!({ "description": "Not Found: a page that says so.", "content": page }),
        );
    }
    responses
}

fn own(route: &Route, routes: &[Route], schemas: &mut SchemaGenerator) -> Value {
    let status = route.contract.status;
    let mut own = json!({
        "description": status.canonical_reason().unwrap_or_default(),
        "headers": { "X-Request-Id": reference("headers", "X-Request-Id") },
    });
    if let Some(schema) = (route.contract.response)(schemas) {
        own["content"] = json!({ "application/json": { "schema": schema } });
    } else if route.access == Access::Public {
        let kind = if route.produces == MediaType::Json { "object" } else { "string" };
        own["content"] = json!({ route.produces.as_str(): { "schema": { "type": kind } } });
    }
    if route.tokens > 0 {
        for name in ["RateLimit-Policy", "RateLimit"] {
            own["headers"][name] = reference("headers", name);
        }
    }
    if route.is_read() || route.method == http::Method::PUT {
        own["headers"]["ETag"] = reference("headers", "ETag");
    }
    if status == http::StatusCode::CREATED {
        own["headers"]["Location"] = reference("headers", "Location");
        if route.method == http::Method::POST {
            own["headers"]["Idempotency-Replayed"] = reference("headers", "Idempotency-Replayed");
        }
    }
    if route.creates.is_some() {
        own["links"] = links(route, routes);
    }
    own
}

/// The routes that take nothing but the id of the created resource.
fn links(route: &Route, routes: &[Route]) -> Value {
    let of_one = routes.iter().filter(|other| other.path_parameters.iter().eq(&route.creates));
    let link = |other: &Route| {
        let link = json!({ "operationId": other.name, "parameters": { "id": "$response.body#/id" } });
        (other.name.to_owned(), link)
    };
    Value::Object(of_one.map(link).collect())
}

/// The responses for problems that routes return, one for each status.
pub fn problems(routes: &[Route], schema: &Schema) -> Value {
    let mut responses = Map::new();
    let returned = |code: &Code| routes.iter().any(|route| route.problems().contains(code));
    let codes: Vec<Code> = Code::ALL.into_iter().filter(returned).collect();
    for code in &codes {
        let name = problem_name(*code);
        if responses.contains_key(&name) {
            continue;
        }
        let codes: Vec<&Code> = codes.iter().filter(|other| other.status() == code.status()).collect();
        let lines = codes.iter().map(|code| format!("`{}`: {}", code.as_str(), code.explanation()));
        let mut headers = json!({ "X-Request-Id": reference("headers", "X-Request-Id") });
        if codes.iter().any(|code| code.tells_when_to_retry()) {
            headers["Retry-After"] = reference("headers", "Retry-After");
        }
        let response = json!({
            "description": lines.collect::<Vec<_>>().join("\n\n"),
            "headers": headers,
            "content": { "application/problem+json": { "schema": schema } },
        });
        responses.insert(name, response);
    }
    Value::Object(responses)
}

fn problem_name(code: Code) -> String {
    let reason = code.status().canonical_reason().unwrap_or_default();
    reason.chars().filter(|character| character.is_ascii_alphanumeric()).collect()
}

pub fn headers() -> Value {
    let text = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    json!({
        "ETag": text("Changes whenever the response does. For `If-None-Match` and `If-Match`."),
        "Idempotency-Replayed": text("`true` if an earlier request under the same key had the effect."),
        "Location": text("The path of the resource."),
        "RateLimit": text("What is left of each limit (draft-ietf-httpapi-ratelimit-headers-11)."),
        "RateLimit-Policy": text("The limits (draft-ietf-httpapi-ratelimit-headers-11)."),
        "Retry-After": { "description": "Seconds.", "schema": { "type": "integer" } },
        "X-Request-Id": text("Names the request in the logs: the id that was sent, or a random one."),
    })
}

fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}
