//! CORS as an HTTP API does it: the gateway answers preflights and speaks for the function in all other answers.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use crate::http::{Request, Response};
use crate::template::Cors;

const ANY: &str = "*";

/// CORS headers that are dropped from a function's answer: the gateway's settings stand.
const OWN_HEADERS: [HeaderName; 6] = [
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::ACCESS_CONTROL_ALLOW_METHODS,
    header::ACCESS_CONTROL_ALLOW_HEADERS,
    header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
    header::ACCESS_CONTROL_EXPOSE_HEADERS,
    header::ACCESS_CONTROL_MAX_AGE,
];

impl Cors {
    /// The answer to a preflight, `None` to any other request. An origin that is not allowed gets a bare 204.
    pub fn preflight(&self, request: &Request) -> Option<Response> {
        let origin = request.headers().get(header::ORIGIN)?;
        if request.method() != Method::OPTIONS
            || !request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
        {
            return None;
        }
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        if self.allow(origin, headers) {
            list(headers, header::ACCESS_CONTROL_ALLOW_METHODS, &self.allow_methods);
            list(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, &self.allow_headers);
            if let Some(max_age) = self.max_age {
                headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(max_age.as_secs()));
            }
        }
        Some(response)
    }

    /// Makes the answer to a request of `origin` one that the browser lets it read, if it is allowed to.
    pub fn apply(&self, origin: &HeaderValue, response: &mut Response) {
        let headers = response.headers_mut();
        for name in OWN_HEADERS {
            headers.remove(name);
        }
        if self.allow(origin, headers) {
            list(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, &self.expose_headers);
        }
    }

    /// Whether the origin is allowed, and the headers that say so.
    fn allow(&self, origin: &HeaderValue, headers: &mut HeaderMap) -> bool {
        if !self.allow_origins.iter().any(|allowed| covers(allowed, origin)) {
            return false;
        }
        let any = self.allow_origins.iter().any(|allowed| allowed == ANY);
        let shown = if any { HeaderValue::from_static(ANY) } else { origin.clone() };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, shown);
        if self.allow_credentials {
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        true
    }
}

/// `*` covers every origin, `https://*` every one of its scheme, and any other only itself.
fn covers(allowed: &str, origin: &HeaderValue) -> bool {
    let origin = origin.as_bytes();
    match allowed.strip_suffix(ANY) {
        Some(prefix) => origin.starts_with(prefix.as_bytes()),
        None => origin == allowed.as_bytes(),
    }
}

fn list(headers: &mut HeaderMap, name: HeaderName, values: &[String]) {
    if values.is_empty() {
        return;
    }
    // A value that no header can hold leaves the header out, which allows less.
    if let Ok(value) = HeaderValue::from_str(&values.join(",")) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn cors(origins: &[&str]) -> Cors {
        Cors {
            allow_origins: origins.iter().map(|origin| (*origin).to_owned()).collect(),
            allow_methods: vec!["GET".to_owned(), "POST".to_owned()],
            allow_headers: vec!["authorization".to_owned()],
            expose_headers: vec!["etag".to_owned(), "location".to_owned()],
            allow_credentials: false,
            max_age: Some(Duration::from_secs(600)),
        }
    }

    fn preflight(origin: &'static str) -> Request {
        http::Request::options("/v1/uploads")
            .header(header::ORIGIN, origin)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .body(Bytes::new())
            .unwrap()
    }

    #[test]
    fn a_preflight_of_an_allowed_origin_is_told_everything() {
        let response = cors(&["https://app.example"]).preflight(&preflight("https://app.example")).unwrap();
        assert_eq!(response.status(), 204);
        let headers = response.headers();
        assert_eq!(headers["access-control-allow-origin"], "https://app.example");
        assert_eq!(headers["access-control-allow-methods"], "GET,POST");
        assert_eq!(headers["access-control-allow-headers"], "authorization");
        assert_eq!(headers["access-control-max-age"], "600");
    }

    #[test]
    fn a_preflight_of_another_origin_is_told_nothing() {
        for other in ["https://app.example.evil", "http://app.example", "null"] {
            let response = cors(&["https://app.example"]).preflight(&preflight(other)).unwrap();
            assert_eq!(response.status(), 204);
            assert!(response.headers().is_empty(), "{other}");
        }
    }

    #[test]
    fn an_options_request_that_is_no_preflight_is_the_functions() {
        let mut request = preflight("https://app.example");
        request.headers_mut().remove(header::ACCESS_CONTROL_REQUEST_METHOD);
        assert!(cors(&["*"]).preflight(&request).is_none());
        let mut request = preflight("https://app.example");
        *request.method_mut() = Method::POST;
        assert!(cors(&["*"]).preflight(&request).is_none());
    }

    #[test]
    fn wildcards_cover_everything_or_a_scheme() {
        let origin = HeaderValue::from_static("https://a.example");
        for (allowed, shown) in
            [("*", Some("*")), ("https://*", Some("https://a.example")), ("http://*", None)]
        {
            let mut response = Response::new(Bytes::new());
            cors(&[allowed]).apply(&origin, &mut response);
            let header = response.headers().get("access-control-allow-origin");
            assert_eq!(header.map(|value| value.to_str().unwrap()), shown, "{allowed}");
        }
    }

    #[test]
    fn the_gateways_settings_replace_what_the_function_says() {
        let mut response = Response::new(Bytes::new());
        response.headers_mut().insert("access-control-allow-origin", HeaderValue::from_static("*"));
        response.headers_mut().insert("access-control-allow-credentials", HeaderValue::from_static("true"));
        cors(&["https://app.example"]).apply(&HeaderValue::from_static("https://app.example"), &mut response);
        assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example");
        assert_eq!(response.headers()["access-control-expose-headers"], "etag,location");
        assert!(!response.headers().contains_key("access-control-allow-credentials"));
    }
}
