//! From a request to the event that a function gets: payload format 2.0 of HTTP APIs.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use std::collections::BTreeMap;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use serde::Serialize;
use shared::clock::Timestamp;
use time::OffsetDateTime;
use time::macros::format_description;

use super::route::Matched;
use crate::http::Request;

/// The stage that has no part in the path.
const STAGE: &str = "$default";

/// Beside `text/*`, the types that API Gateway hands on as text. A form is not among them.
const TEXT_TYPES: [&str; 3] = ["application/json", "application/xml", "application/javascript"];

/// Headers of the connection rather than of the request; they end at the gateway.
const HOP_BY_HOP: [header::HeaderName; 6] = [
    header::CONNECTION,
    header::EXPECT,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// The values that the event holds beyond the request itself.
pub struct Context<'a> {
    pub account_id: &'a str,
    pub api_id: &'a str,
    pub request_id: &'a str,
    pub route: &'a Matched<'a>,
    /// Decoded.
    pub path: &'a str,
    pub source_ip: IpAddr,
    pub now: Timestamp,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event<'a> {
    version: &'static str,
    route_key: &'a str,
    /// Decoded, as API Gateway has it, in spite of its name.
    raw_path: &'a str,
    /// As it was sent.
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<String>,
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query_string_parameters: BTreeMap<String, String>,
    request_context: RequestContext<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    path_parameters: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    account_id: &'a str,
    api_id: &'a str,
    domain_name: &'a str,
    domain_prefix: &'a str,
    http: HttpContext<'a>,
    request_id: &'a str,
    route_key: &'a str,
    stage: &'static str,
    /// `12/Mar/2020:19:03:58 +0000`.
    time: String,
    time_epoch: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HttpContext<'a> {
    method: &'a str,
    path: &'a str,
    protocol: String,
    source_ip: String,
    user_agent: &'a str,
}

/// The event of `request`. Its domain name is the host that the client asked for, port included.
pub fn of<'a>(request: &'a Request, context: &Context<'a>) -> Event<'a> {
    let host = text(request.headers(), header::HOST).unwrap_or("localhost");
    let raw_query_string = request.uri().query().unwrap_or_default();
    let (body, is_base64_encoded) = body(request);
    Event {
        version: "2.0",
        route_key: context.route.key,
        raw_path: context.path,
        raw_query_string,
        cookies: cookies(request.headers()),
        headers: headers(request.headers(), host, context.source_ip),
        query_string_parameters: query_string_parameters(raw_query_string),
        request_context: RequestContext {
            account_id: context.account_id,
            api_id: context.api_id,
            domain_name: host,
            domain_prefix: host.split(['.', ':']).next().unwrap_or(host),
            http: HttpContext {
                method: request.method().as_str(),
                path: context.path,
                protocol: format!("{:?}", request.version()),
                source_ip: context.source_ip.to_string(),
                user_agent: text(request.headers(), header::USER_AGENT).unwrap_or_default(),
            },
            request_id: context.request_id,
            route_key: context.route.key,
            stage: STAGE,
            time: common_log_time(context.now),
            time_epoch: context.now.as_millis(),
        },
        path_parameters: &context.route.parameters,
        body,
        is_base64_encoded,
    }
}

/// Names in lower case, repeated ones joined by commas, cookies left out, and what a gateway adds.
fn headers(sent: &HeaderMap, host: &str, source_ip: IpAddr) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::new();
    for (name, value) in sent {
        if *name != header::COOKIE && !HOP_BY_HOP.contains(name) {
            add(&mut headers, name.as_str(), String::from_utf8_lossy(value.as_bytes()).into_owned());
        }
    }
    let port = host.rsplit_once(':').map_or("80", |(_, port)| port);
    add(&mut headers, "x-forwarded-for", source_ip.to_string());
    headers.insert("x-forwarded-port".to_owned(), port.to_owned());
    headers.insert("x-forwarded-proto".to_owned(), "http".to_owned());
    headers
}

/// Decoded, repeated ones joined by commas.
fn query_string_parameters(query: &str) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        add(&mut parameters, &name, value.into_owned());
    }
    parameters
}

fn add(values: &mut BTreeMap<String, String>, name: &str, value: String) {
    match values.get_mut(name) {
        Some(joined) => {
            joined.push(',');
            joined.push_str(&value);
        }
        None => {
            values.insert(name.to_owned(), value);
        }
    }
}

fn cookies(sent: &HeaderMap) -> Vec<String> {
    let sent = sent.get_all(header::COOKIE).into_iter();
    let sent = sent.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    sent.flat_map(|value| value.split(';').map(|cookie| cookie.trim().to_owned()).collect::<Vec<_>>())
        .filter(|cookie| !cookie.is_empty())
        .collect()
}

/// The body and whether it is in base64; none if it is empty.
fn body(request: &Request) -> (Option<String>, bool) {
    if request.body().is_empty() {
        return (None, false);
    }
    let content_type = text(request.headers(), header::CONTENT_TYPE).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_text = essence.starts_with("text/") || TEXT_TYPES.contains(&essence.as_str());
    match std::str::from_utf8(request.body()) {
        Ok(text) if is_text => (Some(text.to_owned()), false),
        _ => (Some(STANDARD.encode(request.body())), true),
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn common_log_time(at: Timestamp) -> String {
    let form = format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
    OffsetDateTime::from_unix_timestamp(at.as_secs())
        .ok()
        .and_then(|at| at.format(form).ok())
        .unwrap_or_else(|| at.to_rfc3339())
}

#[cfg(test)]
mod tests;
