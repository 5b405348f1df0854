//! From a function's answer, in payload format 2.0, to an HTTP response.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;

use crate::http::Response;

/// Headers of the connection, which is the gateway's own.
const NOT_PASSED_ON: [HeaderName; 4] =
    [header::CONNECTION, header::TE, header::TRANSFER_ENCODING, header::UPGRADE];

/// The new name of `WWW-Authenticate`, a header that it keeps for its own authorizers.
const REMAPPED_CHALLENGE: HeaderName = HeaderName::from_static("x-amzn-remapped-www-authenticate");

/// The fault of a useless answer. API Gateway says no more than "Internal Server Error"; the log has this.
#[derive(Debug)]
pub enum Malformed {
    Json(serde_json::Error),
    Status(Value),
    Header(String),
    Body(base64::DecodeError),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: Value,
    headers: Option<BTreeMap<String, Value>>,
    multi_value_headers: Option<BTreeMap<String, Vec<Value>>>,
    cookies: Option<Vec<String>>,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

/// Reads an answer. One without a `statusCode` is, whatever it is, the body of a 200.
pub fn to_http(payload: &Bytes) -> Result<Response, Malformed> {
    let value: Value = serde_json::from_slice(payload).map_err(Malformed::Json)?;
    if value.get("statusCode").is_none() {
        return Ok(inferred(&value, payload));
    }
    let answer: Answer = serde_json::from_value(value).map_err(Malformed::Json)?;
    let status = status(&answer.status_code)?;
    let mut headers = HeaderMap::new();
    for (name, value) in answer.headers.into_iter().flatten() {
        append(&mut headers, &name, &value)?;
    }
    for (name, values) in answer.multi_value_headers.into_iter().flatten() {
        for value in values {
            append(&mut headers, &name, &value)?;
        }
    }
    for cookie in answer.cookies.into_iter().flatten() {
        append(&mut headers, header::SET_COOKIE.as_str(), &Value::from(cookie))?;
    }
    let body = match (answer.body, answer.is_base64_encoded) {
        (None, _) => Bytes::new(),
        (Some(body), Some(true)) => Bytes::from(STANDARD.decode(body).map_err(Malformed::Body)?),
        (Some(body), _) => Bytes::from(body),
    };
    if !body.is_empty() && !headers.contains_key(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=UTF-8"));
    }
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Leaves out the body where HTTP has none, and lets no length be said but the true one: of a `HEAD` that is the length
/// of the body that a `GET` would have got.
pub fn fit(method: &Method, response: &mut Response) {
    let declared = response.headers_mut().remove(header::CONTENT_LENGTH);
    let has_no_body = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&response.status());
    if !has_no_body && method != Method::HEAD {
        return;
    }
    let body = std::mem::take(response.body_mut());
    let is_number = |value: &HeaderValue| value.to_str().is_ok_and(|text| text.parse::<u64>().is_ok());
    let length =
        if body.is_empty() { declared.filter(is_number) } else { Some(HeaderValue::from(body.len())) };
    if let Some(length) = length.filter(|_| !has_no_body) {
        response.headers_mut().insert(header::CONTENT_LENGTH, length);
    }
}

fn inferred(value: &Value, payload: &Bytes) -> Response {
    // A string is sent as its content, anything else as the JSON that it is.
    let body = value.as_str().map_or_else(|| payload.clone(), |text| Bytes::from(text.to_owned()));
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A final status, as a number or in a string.
fn status(value: &Value) -> Result<StatusCode, Malformed> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    number
        .and_then(|number| u16::try_from(number).ok())
        .filter(|number| (200..600).contains(number))
        .and_then(|number| StatusCode::from_u16(number).ok())
        .ok_or_else(|| Malformed::Status(value.clone()))
}

fn append(headers: &mut HeaderMap, name: &str, value: &Value) -> Result<(), Malformed> {
    let invalid = || Malformed::Header(name.to_owned());
    let parsed_name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
    let value = match value {
        Value::String(text) => HeaderValue::from_bytes(text.as_bytes()),
        Value::Number(_) | Value::Bool(_) => HeaderValue::from_str(&value.to_string()),
        _ => return Err(invalid()),
    };
    let value = value.map_err(|_| invalid())?;
    let parsed_name = if parsed_name == header::WWW_AUTHENTICATE { REMAPPED_CHALLENGE } else { parsed_name };
    if !NOT_PASSED_ON.contains(&parsed_name) {
        headers.append(parsed_name, value);
    }
    Ok(())
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(source) => write!(f, "reading its JSON: {source}"),
            Self::Status(value) => write!(f, "statusCode {value} is not from 200 to 599"),
            Self::Header(name) => write!(f, "header {name:?} cannot be sent"),
            Self::Body(source) => write!(f, "decoding its body: {source}"),
        }
    }
}

impl std::error::Error for Malformed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Json(source) => Some(source),
            Self::Body(source) => Some(source),
            Self::Status(_) | Self::Header(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http(answer: &str) -> Result<Response, Malformed> {
        to_http(&Bytes::from(answer.to_owned()))
    }

    #[test]
    fn an_answer_becomes_a_response() {
        let response = http(
            r#"{"statusCode":201,"headers":{"Location":"/v1/jobs/1","X-Count":2,"Content-Length":"99"},
                "multiValueHeaders":{"x-a":["1","2"]},"cookies":["a=1; Secure","b=2"],"body":"{}",
                "isBase64Encoded":false}"#,
        )
        .unwrap();
        assert_eq!(response.status(), 201);
        assert_eq!(response.headers()["location"], "/v1/jobs/1");
        assert_eq!(response.headers()["x-count"], "2");
        assert_eq!(response.headers().get_all("x-a").iter().collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(
            response.headers().get_all("set-cookie").iter().collect::<Vec<_>>(),
            ["a=1; Secure", "b=2"]
        );
        assert_eq!(response.headers()["content-type"], "text/plain;charset=UTF-8");
        assert_eq!(response.body(), "{}");
    }

    #[test]
    fn a_challenge_comes_under_another_name() {
        let response = http(r#"{"statusCode":401,"headers":{"WWW-Authenticate":"Bearer"}}"#).unwrap();
        assert_eq!(response.headers().get("www-authenticate"), None);
        assert_eq!(response.headers()["x-amzn-remapped-www-authenticate"], "Bearer");
    }

    #[test]
    fn a_binary_body_is_decoded_and_not_unpacked() {
        let response = http(
            r#"{"statusCode":200,"headers":{"content-encoding":"gzip"},"body":"H4sA","isBase64Encoded":true}"#,
        );
        let response = response.unwrap();
        assert_eq!(response.body().as_ref(), [0x1f, 0x8b, 0]);
        assert_eq!(response.headers()["content-encoding"], "gzip");
    }

    /// The declared length and the body's own, once it fits an answer to `method`.
    fn fitted(
        method: &Method,
        status: u16,
        length: Option<&'static str>,
        body: &'static str,
    ) -> (Option<String>, usize) {
        let mut response = http::Response::builder().status(status);
        if let Some(length) = length {
            response = response.header("content-length", length);
        }
        let mut response = response.body(Bytes::from(body)).unwrap();
        fit(method, &mut response);
        let length = response.headers().get("content-length");
        (length.map(|length| length.to_str().unwrap().to_owned()), response.body().len())
    }

    #[test]
    fn a_head_has_the_length_of_the_body_that_it_does_not_have() {
        let nine = || Some("9".to_owned());
        assert_eq!(fitted(&Method::HEAD, 200, Some("9"), ""), (nine(), 0));
        assert_eq!(fitted(&Method::HEAD, 200, None, "something"), (nine(), 0));
        assert_eq!(fitted(&Method::HEAD, 404, Some("1"), "something"), (nine(), 0));
        assert_eq!(fitted(&Method::HEAD, 200, Some("x"), ""), (None, 0));
        assert_eq!(fitted(&Method::HEAD, 200, None, ""), (None, 0));
    }

    #[test]
    fn an_answer_without_content_has_no_body_and_no_length() {
        for method in [Method::GET, Method::HEAD] {
            assert_eq!(fitted(&method, 204, Some("9"), "something"), (None, 0));
            assert_eq!(fitted(&method, 304, Some("9"), ""), (None, 0));
            assert_eq!(fitted(&method, 304, None, "something"), (None, 0));
        }
    }

    #[test]
    fn a_body_says_its_length_itself() {
        assert_eq!(fitted(&Method::GET, 200, Some("99"), "something"), (None, 9));
    }

    #[test]
    fn nothing_but_a_status_is_enough() {
        let response = http(r#"{"statusCode":"204","headers":null,"cookies":null,"body":null}"#).unwrap();
        assert_eq!(response.status(), 204);
        assert!(response.body().is_empty() && response.headers().is_empty());
    }

    #[test]
    fn an_answer_without_a_status_is_the_body_of_a_200() {
        for (answer, body) in [(r#"{"a":1}"#, r#"{"a":1}"#), (r#""hello""#, "hello"), ("null", "null")] {
            let response = http(answer).unwrap();
            assert_eq!((response.status(), response.body().as_ref()), (StatusCode::OK, body.as_bytes()));
            assert_eq!(response.headers()["content-type"], "application/json");
        }
    }

    #[test]
    fn a_malformed_answer_is_none() {
        for answer in [
            "",
            "oops",
            r#"{"statusCode":99}"#,
            r#"{"statusCode":100}"#,
            r#"{"statusCode":"x"}"#,
            r#"{"statusCode":200,"body":{"a":1}}"#,
            r#"{"statusCode":200,"headers":{"a b":"1"}}"#,
            r#"{"statusCode":200,"headers":{"a":"1\n2"}}"#,
            r#"{"statusCode":200,"headers":{"a":["1"]}}"#,
            r#"{"statusCode":200,"body":"%","isBase64Encoded":true}"#,
        ] {
            assert!(http(answer).is_err(), "{answer}");
        }
    }
}
