//! The rules for browsers on a bucket, in front of `s3s`, which knows no preflight.

use ::http::{HeaderMap, HeaderName, HeaderValue, header};
use s3s::{S3Error, S3ErrorCode, S3Result};
use serde::{Deserialize, Serialize};

use crate::http::{Request, Response};

/// One rule of a bucket, as CloudFormation writes it. An origin and a header may have one `*`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CorsRule {
    pub allowed_origins: Vec<String>,
    pub allowed_methods: Vec<String>,
    pub allowed_headers: Vec<String>,
    pub exposed_headers: Vec<String>,
    pub max_age_secs: Option<u32>,
}

/// Handles an `OPTIONS` request by the first rule that allows what it asks for; 403 if none does.
pub fn preflight(request: &Request, rules: &[CorsRule]) -> S3Result<Response> {
    let Some(origin) = text(request, &header::ORIGIN) else {
        return Err(bad_request("Insufficient information. Origin request header needed."));
    };
    let Some(method) = text(request, &header::ACCESS_CONTROL_REQUEST_METHOD) else {
        return Err(bad_request("Invalid Access-Control-Request-Method: null"));
    };
    let headers = text(request, &header::ACCESS_CONTROL_REQUEST_HEADERS).unwrap_or_default();
    let headers: Vec<&str> = headers.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let rule = rules.iter().find(|rule| rule.allows(origin, method) && rule.allows_headers(&headers));
    let rule = rule.ok_or_else(|| forbidden(rules))?;

    let mut response = Response::default();
    let answer = response.headers_mut();
    *answer = rule.headers(origin);
    if !headers.is_empty() {
        insert(answer, header::ACCESS_CONTROL_ALLOW_HEADERS, &headers.join(", ").to_ascii_lowercase());
    }
    if let Some(max_age_secs) = rule.max_age_secs {
        answer.insert(header::ACCESS_CONTROL_MAX_AGE, max_age_secs.into());
    }
    Ok(response)
}

/// Returns the headers of an actual request's response, so that a browser hands it to the page: nothing if no rule
/// matches.
pub fn response_headers(request: &Request, rules: &[CorsRule]) -> HeaderMap {
    let Some(origin) = text(request, &header::ORIGIN) else { return HeaderMap::new() };
    let rule = rules.iter().find(|rule| rule.allows(origin, request.method().as_str()));
    rule.map(|rule| rule.headers(origin)).unwrap_or_default()
}

impl CorsRule {
    fn allows(&self, origin: &str, method: &str) -> bool {
        self.allowed_methods.iter().any(|allowed| allowed == method)
            && self.allowed_origins.iter().any(|pattern| matches(pattern, origin))
    }

    fn allows_headers(&self, names: &[&str]) -> bool {
        let allows = |name: &str| {
            let patterns = self.allowed_headers.iter().map(|pattern| pattern.to_ascii_lowercase());
            patterns.into_iter().any(|pattern| matches(&pattern, &name.to_ascii_lowercase()))
        };
        names.iter().all(|name| allows(name))
    }

    fn headers(&self, origin: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if self.allowed_origins.iter().any(|pattern| pattern == "*") {
            insert(&mut headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        } else {
            insert(&mut headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            insert(&mut headers, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
        insert(&mut headers, header::ACCESS_CONTROL_ALLOW_METHODS, &self.allowed_methods.join(", "));
        if !self.exposed_headers.is_empty() {
            insert(&mut headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, &self.exposed_headers.join(", "));
        }
        let varies = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";
        insert(&mut headers, header::VARY, varies);
        headers
    }
}

/// Whether `text` is what `pattern` says, in which one `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => {
            text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
        }
    }
}

/// A value that is no header value can come from a rule alone; it is left out.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn text<'a>(request: &'a Request, name: &HeaderName) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

fn forbidden(rules: &[CorsRule]) -> S3Error {
    let mut error = S3Error::new(S3ErrorCode::Custom("AccessForbidden".into()));
    error.set_status_code(::http::StatusCode::FORBIDDEN);
    error.set_message(if rules.is_empty() {
        "CORSResponse: CORS is not enabled for this bucket."
    } else {
        "CORSResponse: This CORS request is not allowed: its Origin, Access-Control-Request-Method or \
         Access-Control-Request-Headers are in no rule of the bucket."
    });
    error
}

fn bad_request(message: &'static str) -> S3Error {
    let mut error = S3Error::new(S3ErrorCode::Custom("BadRequest".into()));
    error.set_status_code(::http::StatusCode::BAD_REQUEST);
    error.set_message(message);
    error
}
