//! What a route answers: its own answer, and the problems that it may answer instead.

use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::path_parameter_names;
use crate::problem::Code;
use crate::route::{Access, Idempotency, MediaType, Route};

/// All responses of a route, by status.
pub fn responses(route: &Route, routes: &[Route], answered: &mut SchemaGenerator) -> Map<String, Value> {
    let status = route.contract.status;
    let mut own = json!({
        "description": status.canonical_reason().unwrap_or_default(),
        "headers": { "X-Request-Id": reference("headers", "X-Request-Id") },
    });
    if let Some(schema) = (route.contract.answer)(answered) {
        own["content"] = json!({ "application/json": { "schema": schema } });
    } else if route.access == Access::Public {
        let schema = if route.produces == MediaType::Json {
            json!({ "type": "object" })
        } else {
            json!({ "type": "string" })
        };
        own["content"] = json!({ route.produces.as_str(): { "schema": schema } });
    }
    if route.tokens > 0 {
        for name in ["RateLimit-Policy", "RateLimit"] {
            own["headers"][name] = reference("headers", name);
        }
    }
    if is_read(route) || route.method == http::Method::PUT {
        own["headers"]["ETag"] = reference("headers", "ETag");
    }
    if status == http::StatusCode::CREATED {
        own["headers"]["Location"] = reference("headers", "Location");
        if route.method == http::Method::POST {
            own["headers"]["Idempotency-Replayed"] = reference("headers", "Idempotency-Replayed");
            own["links"] = links(route, routes);
        }
    }
    let mut responses = Map::new();
    if let Some(other) = route.contract.other_status {
        let mut own = own.clone();
        own["description"] = other.canonical_reason().unwrap_or_default().into();
        own["headers"]["Location"] = reference("headers", "Location");
        responses.insert(other.as_u16().to_string(), own);
    }
    responses.insert(status.as_u16().to_string(), own);
    if is_read(route) {
        responses.insert("304".to_owned(), json!({ "description": "Not Modified" }));
    }
    for code in problems_of(route) {
        // Codes of one status share a response.
        let status = code.status().as_u16().to_string();
        responses.insert(status.clone(), reference("responses", &format!("Problem{status}")));
    }
    responses
}

fn is_read(route: &Route) -> bool {
    route.method == http::Method::GET && route.access != Access::Public && route.produces == MediaType::Json
}

/// Whether the route changes one thing that can be read.
pub fn takes_precondition(route: &Route) -> bool {
    route.access != Access::Public && !is_read(route) && path_parameter_names(route.path).next().is_some()
}

/// The codes that the route may answer.
pub fn problems_of(route: &Route) -> Vec<Code> {
    let mut codes = vec![Code::NotAcceptable, Code::UriTooLong, Code::HeadersTooLarge, Code::Internal];
    codes.extend([Code::Malformed, Code::Invalid, Code::BodyTooLarge]);
    if route.access != Access::Public {
        codes.extend([Code::Unauthenticated, Code::Forbidden]);
    }
    if route.tokens > 0 {
        codes.push(Code::RateLimited);
    }
    if path_parameter_names(route.path).next().is_some() {
        codes.push(Code::NotFound);
    }
    if route.path.starts_with("/v1/uploads/{id}") {
        codes.push(Code::Gone);
    }
    if route.idempotency != Idempotency::Inherent {
        codes.extend([Code::RequestInProgress, Code::IdempotencyKeyReused]);
    }
    if matches!(route.method, http::Method::POST | http::Method::PUT) {
        codes.push(Code::UnsupportedMediaType);
    }
    // What is put may be one more.
    if route.method == http::Method::PUT {
        codes.push(Code::LimitReached);
    }
    // What is below one thing depends on that thing's state.
    if route.path.contains("{id}/") {
        codes.push(Code::Conflict);
    }
    if takes_precondition(route) {
        codes.push(Code::PreconditionFailed);
    }
    // What a tenant may have at once bounds what it may announce.
    if route.path == "/v1/uploads" && route.method == http::Method::POST {
        codes.extend([Code::TooManyUploadsInFlight, Code::TooManyBytesInFlight, Code::StorageFull]);
    }
    if route.path == "/readyz" {
        codes.push(Code::Unavailable);
    }
    codes.sort_by_key(|code| code.status());
    codes
}

/// What can be done next with the thing that was made: every route whose path continues this one's with its id.
fn links(route: &Route, routes: &[Route]) -> Value {
    let of_one = routes.iter().filter(|other| {
        let rest = other.path.strip_prefix(route.path).and_then(|rest| rest.strip_prefix("/{id}"));
        rest.is_some() && path_parameter_names(other.path).count() == 1
    });
    let link = |other: &Route| {
        let link = json!({ "operationId": other.name, "parameters": { "id": "$response.body#/id" } });
        (other.name.to_owned(), link)
    };
    Value::Object(of_one.map(link).collect())
}

/// The responses that tell of problems, one for each status.
pub fn problems(schema: &Schema) -> Value {
    let mut responses = Map::new();
    for status in Code::ALL.map(Code::status) {
        let codes: Vec<Code> = Code::ALL.into_iter().filter(|code| code.status() == status).collect();
        let lines = codes.iter().map(|code| format!("`{}`: {}", code.as_str(), code.explanation()));
        let mut headers = json!({ "X-Request-Id": reference("headers", "X-Request-Id") });
        if codes.iter().any(|code| matches!(code, Code::RateLimited | Code::RequestInProgress)) {
            headers["Retry-After"] = reference("headers", "Retry-After");
        }
        let response = json!({
            "description": lines.collect::<Vec<_>>().join("\n\n"),
            "headers": headers,
            "content": { "application/problem+json": { "schema": schema } },
        });
        responses.insert(format!("Problem{}", status.as_u16()), response);
    }
    Value::Object(responses)
}

pub fn headers() -> Value {
    let text = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    json!({
        "ETag": text("Changes whenever the answer does. For `If-None-Match` and `If-Match`."),
        "Idempotency-Replayed": text("`true` where an earlier request under the same key had the effect."),
        "Location": text("Where the thing is."),
        "RateLimit": text("What is left of each limit (draft-ietf-httpapi-ratelimit-headers-11)."),
        "RateLimit-Policy": text("The limits (draft-ietf-httpapi-ratelimit-headers-11)."),
        "Retry-After": { "description": "Seconds.", "schema": { "type": "integer" } },
        "X-Request-Id": text("Names the request in the logs: the one that was sent, or a random one."),
    })
}

fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}
