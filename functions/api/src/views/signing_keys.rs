//! Signing keys.

use schemars::JsonSchema;
use serde::Serialize;
use shared::signing_key::{self, SigningSecret};

use super::time::Time;

/// A key that the requests of a tenant's jobs are signed with.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SigningKey {
    #[schemars(example = &"sgk_54df63zb7rnrnrnk8bhknq46c5")]
    id: String,
    created_at: Time,
    links: Links,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SigningKeyLinks")]
struct Links {
    #[serde(rename = "self")]
    #[schemars(example = &"/v1/signing-keys/sgk_54df63zb7rnrnrnk8bhknq46c5")]
    own: String,
}

/// A signing key with its secret, which no other response shows.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SigningKeyWithSecret {
    #[serde(flatten)]
    key: SigningKey,
    /// For the libraries of Standard Webhooks. Absent if an earlier response has shown it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    secret: Option<String>,
}

pub fn signing_key(key: &signing_key::SigningKey) -> SigningKey {
    SigningKey {
        id: key.id.to_string(),
        created_at: key.created_at.into(),
        links: Links { own: location(key) },
    }
}

pub fn with_secret(key: &signing_key::SigningKey, secret: Option<&SigningSecret>) -> SigningKeyWithSecret {
    SigningKeyWithSecret { key: signing_key(key), secret: secret.map(SigningSecret::reveal) }
}

/// The path of the key.
pub fn location(key: &signing_key::SigningKey) -> String {
    format!("/v1/signing-keys/{}", key.id)
}
