//! From a function's answer, in payload format 2.0, to an HTTP response.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;

use crate::http::Response;

/// Of the connection, which is the gateway's own, or said by the body itself.
const NOT_PASSED_ON: [HeaderName; 5] =
    [header::CONNECTION, header::CONTENT_LENGTH, header::TE, header::TRANSFER_ENCODING, header::UPGRADE];

/// What makes an answer useless. API Gateway says no more than "Internal Server Error"; the log has this.
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
        assert!(!response.headers().contains_key("content-length"));
        assert_eq!(response.body(), "{}");
    }

    #[test]
    fn a_binary_body_is_decoded() {
        let response = http(r#"{"statusCode":200,"body":"/wA=","isBase64Encoded":true}"#).unwrap();
        assert_eq!(response.body().as_ref(), [0xff, 0]);
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
