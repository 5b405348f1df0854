//! Shapes what a reader gets: only the fields asked for, an entity tag, and 304 if nothing has changed.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header, uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use shared::error::{Fault, FieldError, Rejected};

use crate::parse::closest;
use crate::precondition::{entity_tag, is_known};
use crate::problem::Problem;
use crate::route::{MediaType, Route};

/// Always revalidated, and never kept for anyone else.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("private, no-cache");

/// No response is larger: Lambda allows 6 MB.
const RESPONSE_BYTES_MAX: usize = 6 * 1024 * 1024;

const FIELDS: &str = "fields";

pub async fn shape(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<&'static Route>().copied();
    let Some(route) = route.filter(|route| route.method == Method::GET && route.produces == MediaType::Json)
    else {
        return next.run(request).await;
    };
    shaped(route, request, next).await.unwrap_or_else(Problem::into_response)
}

async fn shaped(route: &Route, mut request: Request, next: Next) -> Result<Response, Problem> {
    let fields = take_fields(route, &mut request)?;
    let headers = request.headers().clone();
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return Ok(response);
    }
    let (mut parts, body) = response.into_parts();
    let reading = |error| Fault::new("reading the response", error);
    let mut body = to_bytes(body, RESPONSE_BYTES_MAX).await.map_err(reading)?;
    if let Some(fields) = fields {
        body = select_fields(&fields, &body)?.into();
    }
    let tag = entity_tag(&body);
    parts.headers.entry(header::CACHE_CONTROL).or_insert(CACHE_CONTROL);
    parts.headers.remove(header::CONTENT_LENGTH);
    if let Ok(value) = HeaderValue::from_str(&tag) {
        parts.headers.insert(header::ETAG, value);
    }
    if is_known(&headers, &tag)? {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        return Ok(Response::from_parts(parts, Body::empty()));
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// Removes `fields` from the query: no handler knows it. Every name must be one that the route returns.
fn take_fields(route: &Route, request: &mut Request) -> Result<Option<Vec<String>>, Rejected> {
    let query = request.uri().query().unwrap_or_default();
    let named = |(name, _): &(_, _)| *name == FIELDS;
    let mut chosen = form_urlencoded::parse(query.as_bytes()).filter(named);
    let Some((_, value)) = chosen.next() else { return Ok(None) };
    let refuse = |detail: String, suggestion| {
        let error = FieldError { suggestion, ..FieldError::new(format!("/{FIELDS}"), detail) };
        Rejected::Invalid { errors: vec![error] }
    };
    if chosen.next().is_some() {
        return Err(refuse("is there twice".to_owned(), None));
    }
    let known = (route.contract.fields)();
    let fields: Vec<String> = value.split(',').map(|name| name.trim().to_owned()).collect();
    if let Some(unknown) = fields.iter().find(|name| !known.contains(name)) {
        let suggestion = closest(unknown, known.iter().map(String::as_str));
        return Err(refuse(
            format!("{unknown:?} is no field here; there are {}", known.join(", ")),
            suggestion,
        ));
    }
    let rest = form_urlencoded::parse(query.as_bytes()).filter(|pair| !named(pair));
    let rest = form_urlencoded::Serializer::new(String::new()).extend_pairs(rest).finish();
    *request.uri_mut() = with_query(request.uri(), &rest);
    Ok(Some(fields))
}

fn with_query(uri: &Uri, query: &str) -> Uri {
    let path = if query.is_empty() { uri.path().to_owned() } else { format!("{}?{query}", uri.path()) };
    let mut parts = uri::Parts::default();
    parts.path_and_query = path.parse().ok();
    Uri::from_parts(parts).unwrap_or_default()
}

/// Keeps only the named fields; in a page, of each entry.
fn select_fields(fields: &[String], body: &[u8]) -> Result<Vec<u8>, Fault> {
    let shaping = |error| Fault::new("choosing fields", error);
    let mut answer: Value = serde_json::from_slice(body).map_err(shaping)?;
    let keep = |thing: &mut Value| {
        if let Some(thing) = thing.as_object_mut() {
            thing.retain(|name, _| fields.contains(name));
        }
    };
    match answer.get_mut("data").and_then(Value::as_array_mut) {
        Some(entries) => entries.iter_mut().for_each(keep),
        None => keep(&mut answer),
    }
    serde_json::to_vec(&answer).map_err(shaping)
}
