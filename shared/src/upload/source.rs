//! The URL that a file is fetched from, when no client sends it.

use std::collections::BTreeMap;
use std::fmt;

use http::header::{self, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::FieldError;
use crate::outbound::headers::{self, CHOSEN_HEADERS_MAX};
use crate::outbound::target::{Target, URL_CHARS_MAX, UrlError};

use super::file_name::is_filename;

/// A longer `ETag` of the source isn't remembered; its file can't be resumed then.
const ETAG_CHARS_MAX: usize = 128;

/// The name of a file whose URL has none.
const FILENAME_UNKNOWN: &str = "file";

/// The media type of a file, until its source says another.
pub(super) const CONTENT_TYPE_UNKNOWN: &str = "application/octet-stream";

/// They say which part of the file is wanted, which is decided for each request.
const DECIDED_HERE: [HeaderName; 6] = [
    header::RANGE,
    header::IF_RANGE,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_UNMODIFIED_SINCE,
];

/// Where to fetch the file from. Both are secrets: they are stored sealed, and never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UploadSource")]
pub struct Source {
    /// An `https` or `http` URL of a public address, without a user name or password.
    #[schemars(length(max = URL_CHARS_MAX), example = &"https://files.example.com/photo.jpg")]
    pub url: String,
    /// Headers to send with the request, such as `Authorization`. They are never shown, and are not sent to another host that the
    /// URL redirects to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = CHOSEN_HEADERS_MAX))]
    pub headers: BTreeMap<String, String>,
}

/// The source, as the upload's row holds it. Attribute names are data: they never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceState {
    pub host: String,
    /// Set when the media type is taken from the source.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub names_type: bool,
    /// Set when the size is taken from the source.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub names_size: bool,
    /// The strong `ETag` under which the parts were fetched: of another file, they are not parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
}

impl Source {
    /// Everything that is wrong with it, by pointers below `/source`.
    pub(super) fn field_errors(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Err(error) = self.target() {
            errors.push(FieldError::new("/source/url", error.to_string()));
        }
        errors.extend(headers::field_errors(&self.headers, "/source/headers", is_decided_here));
        errors
    }

    pub fn target(&self) -> Result<Target, UrlError> {
        Target::parse(&self.url)
    }

    /// Returns the headers that can be sent; all, once they are validated.
    pub fn headers(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> + '_ {
        headers::parse(&self.headers, is_decided_here)
    }

    /// The last part of the path, if it can be the name of a file.
    pub(super) fn filename(&self) -> String {
        let url = url::Url::parse(&self.url).ok();
        let last = url.as_ref().and_then(|url| url.path_segments()?.next_back());
        let name = last.map(|last| percent_decode_str(last).decode_utf8_lossy().into_owned());
        name.filter(|name| is_filename(name)).unwrap_or_else(|| FILENAME_UNKNOWN.to_owned())
    }
}

impl SourceState {
    pub(super) fn of(source: &Source, names_type: bool, names_size: bool) -> Self {
        let host = source.target().map(|target| target.host().to_owned()).unwrap_or_default();
        Self { host, names_type, names_size, etag: None }
    }

    /// The same, with the `ETag` of a response if it is strong: the file can be resumed then.
    pub fn with_etag(&self, etag: Option<&str>) -> Self {
        let is_strong = |etag: &&str| etag.starts_with('"') && etag.len() <= ETAG_CHARS_MAX;
        Self { etag: etag.filter(is_strong).map(str::to_owned), ..self.clone() }
    }
}

fn is_decided_here(name: &HeaderName) -> bool {
    DECIDED_HERE.contains(name)
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source(hidden)")
    }
}
