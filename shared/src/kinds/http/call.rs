use base64::prelude::{BASE64_STANDARD, Engine};
use serde::{Deserialize, Serialize};

use super::request::{HttpRequest, Keep, Method, Statuses, is_ours};
use crate::app::App;
use crate::error::Fault;
use crate::outbound::headers;
use crate::seal;
use crate::secret::SecretName;

/// A request as it is stored: its headers are sealed. Attribute names are data: they never change.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    pub url: String,
    #[serde(default, skip_serializing_if = "is_post")]
    pub method: Method,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<SealedHeaders>,
    #[serde(default, skip_serializing_if = "Body::is_none")]
    pub body: Body,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub success: Vec<Statuses>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_statuses: Option<Vec<Statuses>>,
    #[serde(default, skip_serializing_if = "Keep::is_default")]
    pub keep: Keep,
}

/// Headers that only this stack can read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedHeaders {
    /// They open for this alone.
    purpose: String,
    sealed: String,
}

/// The body of a request.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    #[default]
    None,
    Text(String),
    /// It is sent as `application/json` unless a header says otherwise.
    Json(String),
    Base64(String),
}

impl Call {
    /// Seals a request for the job or the callback that `purpose` names.
    pub async fn seal(app: &App, request: &HttpRequest, purpose: &str) -> Result<Self, Fault> {
        let headers = if request.headers.is_empty() {
            None
        } else {
            let secret = app.secrets.secret(SecretName::SourceSealing, &app.ids).await?;
            let text = serde_json::to_string(&request.headers).unwrap_or_default();
            let sealed = seal::seal(&secret, purpose, &text, &app.ids);
            Some(SealedHeaders { purpose: purpose.to_owned(), sealed })
        };
        Ok(Self {
            url: request.url.clone(),
            method: request.method.unwrap_or_default(),
            headers,
            body: Body::of(request),
            success: request.success.clone(),
            final_statuses: request.final_statuses.clone(),
            keep: request.keep.clone(),
        })
    }

    /// Opens the headers that were chosen for the request.
    pub(super) async fn open_headers(
        &self,
        app: &App,
    ) -> Result<Vec<(http::HeaderName, http::HeaderValue)>, Fault> {
        const DOING: &str = "opening the headers of a request";
        let Some(SealedHeaders { purpose, sealed }) = &self.headers else { return Ok(Vec::new()) };
        let secret = app.secrets.secret(SecretName::SourceSealing, &app.ids).await?;
        let text = seal::open(&secret, purpose, sealed);
        let text = text.ok_or_else(|| Fault::new(DOING, "they were sealed by another secret"))?;
        let chosen = serde_json::from_str(&text).map_err(|error| Fault::new(DOING, error))?;
        Ok(headers::parse(&chosen, is_ours).collect())
    }
}

impl Body {
    fn of(request: &HttpRequest) -> Self {
        if let Some(value) = &request.json {
            return Self::Json(value.to_string());
        }
        match (&request.body, &request.body_base64) {
            (Some(text), _) => Self::Text(text.clone()),
            (None, Some(encoded)) => Self::Base64(encoded.clone()),
            (None, None) => Self::None,
        }
    }

    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// The bytes that are signed and sent.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::None => Vec::new(),
            Self::Text(text) | Self::Json(text) => text.clone().into_bytes(),
            Self::Base64(encoded) => BASE64_STANDARD.decode(encoded).unwrap_or_default(),
        }
    }
}

fn is_post(method: &Method) -> bool {
    *method == Method::Post
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Call(hidden)")
    }
}
