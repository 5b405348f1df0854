//! The request that a job is to send, as a client describes it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine};
use http::header::HeaderName;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::error::FieldError;
use crate::outbound::headers::{self, CHOSEN_HEADERS_MAX};
use crate::outbound::target::{Target, URL_CHARS_MAX};

/// The body of a request is at most so long.
pub const HTTP_BODY_BYTES_MAX: usize = 256 * 1024;

/// At most so much of a response's body is kept.
pub const KEPT_BODY_BYTES_MAX: u32 = 16 * 1024;

/// At most so many headers of a response are kept.
pub const KEPT_HEADERS_MAX: usize = 10;

const HEADER_NAME_CHARS_MAX: usize = 64;

/// So many statuses may be named at most.
const STATUSES_MAX: usize = 20;

/// The request to send.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpRequest {
    /// An `https` or `http` URL of a public address, without a user name or password.
    #[schemars(length(max = URL_CHARS_MAX), example = &"https://app.example.com/hooks/charge")]
    pub url: String,
    /// Default: `POST`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    /// Headers to send with the request, such as `Authorization`. They are never shown.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = CHOSEN_HEADERS_MAX))]
    pub headers: BTreeMap<String, String>,
    /// The body as text, which is sent as it is in UTF-8. At most 256 KiB, as every body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The body in base 64, for bytes that are no text. Instead of `body`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<String>,
    /// A value that is sent as JSON, with `Content-Type: application/json`. Instead of `body`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<Value>,
    /// The statuses that count as success, such as `2xx` or `404`. Default: `2xx`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = STATUSES_MAX))]
    pub success: Vec<Statuses>,
    /// The statuses after which no other attempt is made, such as `4xx`, instead of those that the guide lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = STATUSES_MAX))]
    pub final_statuses: Option<Vec<Statuses>>,
    /// Which parts of the response to keep as the job's output, beside its status.
    #[serde(default, skip_serializing_if = "Keep::is_default")]
    pub keep: Keep,
}

/// The method of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(rename = "HttpMethod")]
pub enum Method {
    Get,
    Head,
    #[default]
    Post,
    Put,
    Patch,
    Delete,
}

/// Which parts of a response to keep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "KeptResponse")]
pub struct Keep {
    /// The names of headers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = KEPT_HEADERS_MAX), example = &["x-request-id"])]
    pub headers: Vec<String>,
    /// How much of the body is kept, in bytes. Default: 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = KEPT_BODY_BYTES_MAX), example = 1024)]
    pub body_bytes: Option<u32>,
}

/// A status of HTTP, such as `404`, or a class of them, such as `4xx`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statuses {
    One(u16),
    /// By its first digit.
    Class(u16),
}

impl HttpRequest {
    /// Everything that is wrong with it, by pointers below `base`.
    pub fn field_errors(&self, base: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Err(error) = self.target() {
            errors.push(FieldError::new(format!("{base}/url"), error.to_string()));
        }
        errors.extend(headers::field_errors(&self.headers, &format!("{base}/headers"), is_ours));
        let mut refuse = |name: &str, detail: String| {
            errors.push(FieldError::new(format!("{base}/{name}"), detail));
        };
        let bodies = [
            ("body", self.body.is_some()),
            ("body_base64", self.body_base64.is_some()),
            ("json", self.json.is_some()),
        ];
        let mut given = bodies.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name);
        if let Some(first) = given.next() {
            for other in given {
                refuse(other, format!("must be left out, because there is {first}"));
            }
            let has_none = matches!(self.method, Some(Method::Get | Method::Head));
            match self.body_bytes() {
                _ if has_none => {
                    refuse(first, "must be left out, because the method takes no body".to_owned())
                }
                None => refuse("body_base64", "must be base 64".to_owned()),
                Some(body) if body.len() > HTTP_BODY_BYTES_MAX => {
                    refuse(first, format!("must be at most {HTTP_BODY_BYTES_MAX} bytes (256 KiB)"));
                }
                Some(_) => {}
            }
        }
        let lists = [("success", Some(&self.success)), ("final_statuses", self.final_statuses.as_ref())];
        for (name, list) in lists {
            if list.is_some_and(|list| list.len() > STATUSES_MAX) {
                refuse(name, format!("must be at most {STATUSES_MAX} statuses"));
            }
        }
        if self.keep.body_bytes.is_some_and(|bytes| bytes > KEPT_BODY_BYTES_MAX) {
            refuse("keep/body_bytes", format!("must be at most {KEPT_BODY_BYTES_MAX}"));
        }
        if self.keep.headers.len() > KEPT_HEADERS_MAX {
            refuse("keep/headers", format!("must be at most {KEPT_HEADERS_MAX} names"));
        }
        for (index, name) in self.keep.headers.iter().enumerate().take(KEPT_HEADERS_MAX) {
            if name.len() > HEADER_NAME_CHARS_MAX || HeaderName::from_bytes(name.as_bytes()).is_err() {
                refuse(&format!("keep/headers/{index}"), "is not the name of a header".to_owned());
            }
        }
        errors
    }

    pub fn target(&self) -> Result<Target, crate::outbound::target::UrlError> {
        Target::parse(&self.url)
    }

    /// The bytes of the body, whichever way they were given; `None` if they are not the base 64 that they should be.
    pub fn body_bytes(&self) -> Option<Vec<u8>> {
        if let Some(encoded) = &self.body_base64 {
            return BASE64_STANDARD.decode(encoded).ok();
        }
        if let Some(value) = &self.json {
            return serde_json::to_vec(value).ok();
        }
        Some(self.body.clone().unwrap_or_default().into_bytes())
    }
}

/// Headers that a request carries anyway.
pub(super) fn is_ours(name: &HeaderName) -> bool {
    ["millrace-", "webhook-"].iter().any(|prefix| name.as_str().starts_with(prefix))
}

impl Method {
    pub fn as_http(self) -> http::Method {
        match self {
            Self::Get => http::Method::GET,
            Self::Head => http::Method::HEAD,
            Self::Post => http::Method::POST,
            Self::Put => http::Method::PUT,
            Self::Patch => http::Method::PATCH,
            Self::Delete => http::Method::DELETE,
        }
    }
}

impl Keep {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Statuses {
    pub const fn contains(self, status: u16) -> bool {
        match self {
            Self::One(one) => one == status,
            Self::Class(digit) => status / 100 == digit,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        if let Some(digit) = text.strip_suffix("xx") {
            return digit.parse().ok().filter(|digit| (1..=5).contains(digit)).map(Self::Class);
        }
        let is_plain = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|status| is_plain && (100..600).contains(status)).map(Self::One)
    }
}

impl fmt::Display for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(status) => write!(f, "{status}"),
            Self::Class(digit) => write!(f, "{digit}xx"),
        }
    }
}

impl Serialize for Statuses {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Statuses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::custom("must be a status such as 404, or a class such as 4xx"))
    }
}

impl JsonSchema for Statuses {
    fn schema_name() -> Cow<'static, str> {
        "Statuses".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A status of HTTP, or a class of them.",
            "pattern": "^([1-5]xx|[1-5][0-9]{2})$",
            "examples": ["4xx", "404"],
        })
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpRequest(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pointers(request: Value) -> Vec<String> {
        let request: HttpRequest = serde_json::from_value(request).unwrap();
        request.field_errors("").into_iter().map(|error| error.pointer).collect()
    }

    #[test]
    fn a_status_or_a_class_is_read_and_nothing_else() {
        for (text, yes, no) in [("404", 404, 405), ("4xx", 499, 500), ("100", 100, 101)] {
            let statuses = Statuses::parse(text).unwrap();
            assert!(statuses.contains(yes) && !statuses.contains(no), "{text}");
            assert_eq!(statuses.to_string(), text);
        }
        for wrong in ["", "xx", "6xx", "0xx", "44xx", "99", "600", "4040", "+40", "abc"] {
            assert_eq!(Statuses::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn everything_wrong_with_a_request_is_named() {
        let request = json!({
            "url": "ftp://user@host/", "method": "GET", "body": "a", "json": 1,
            "headers": { "Host": "a", "Webhook-Id": "b", "X-Fine": "c", "X-Split": "a\r\nb: c", "no name": "" },
            "keep": { "headers": ["fine", "not a name"], "body_bytes": 16385 },
        });
        let expected = [
            "/url",
            "/headers/Host",
            "/headers/Webhook-Id",
            "/headers/X-Split",
            "/headers/no name",
            "/json",
            "/body",
            "/keep/body_bytes",
            "/keep/headers/1",
        ];
        assert_eq!(pointers(request), expected);
        assert_eq!(pointers(json!({ "url": "https://a.example", "body_base64": "*" })), ["/body_base64"]);
        let long = "a".repeat(HTTP_BODY_BYTES_MAX);
        assert!(pointers(json!({ "url": "https://a.example", "body": long })).is_empty());
        assert_eq!(pointers(json!({ "url": "https://a.example", "body": long + "a" })), ["/body"]);
    }

    #[test]
    fn a_request_with_secret_headers_does_not_show_them() {
        let request: HttpRequest = serde_json::from_value(
            json!({ "url": "https://a.example/s3cret", "headers": { "A": "s3cret" } }),
        )
        .unwrap();
        assert!(!format!("{request:?}").contains("s3cret"));
    }
}
