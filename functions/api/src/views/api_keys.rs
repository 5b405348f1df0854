//! API keys.

use schemars::JsonSchema;
use serde::Serialize;
use shared::api_key::{self, Credential};
use shared::clock::Timestamp;
use shared::rate_limit::Limit;
use shared::scope::Scope;

use super::time::Time;

/// An API key.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ApiKey {
    #[schemars(example = &"key_54df63zb7rnrnrnk8bhknq46c5")]
    id: String,
    #[schemars(example = &"checkout service")]
    name: String,
    state: State,
    scopes: Vec<Scope>,
    created_at: Time,
    /// The key stops working at this time; `null` if it works until it is revoked.
    expires_at: Option<Time>,
    revoked_at: Option<Time>,
    /// The secret before the latest rotation works until then; `null` if none does.
    previous_secret_expires_at: Option<Time>,
    /// The day of the latest use, in UTC; `null` before the first use.
    #[schemars(extend("format" = "date"))]
    last_used_on: Option<String>,
    /// The rate limit of this key, within that of its tenant; `null` if it has none of its own.
    rate_limit: Option<Limit>,
    links: Links,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ApiKeyLinks")]
struct Links {
    #[serde(rename = "self")]
    #[schemars(example = &"/v1/api-keys/key_54df63zb7rnrnrnk8bhknq46c5")]
    own: String,
    /// Gives the key a new secret, while it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    rotate: Option<String>,
}

/// An API key with its secret, which no other response shows.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ApiKeyWithSecret {
    #[serde(flatten)]
    key: ApiKey,
    /// For the `Authorization` header. Absent if an earlier response has shown it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"mk_acme_54df63zb7rnrnrnk8bhknq46c50x63btzp3agp08j8m7d04ch2gm")]
    secret: Option<String>,
}

/// Whether a key works.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ApiKeyState")]
enum State {
    Active,
    Expired,
    Revoked,
}

pub fn api_key(key: &api_key::ApiKey, now: Timestamp) -> ApiKey {
    let path = location(key);
    let previous = key.previous.as_ref().filter(|previous| now < previous.valid_until);
    let state = match key.state(now) {
        api_key::State::Active => State::Active,
        api_key::State::Expired => State::Expired,
        api_key::State::Revoked => State::Revoked,
    };
    let rotate = matches!(state, State::Active).then(|| format!("{path}/rotate"));
    ApiKey {
        id: key.id.to_string(),
        name: key.name.clone(),
        state,
        scopes: key.scopes.iter().copied().collect(),
        created_at: key.created_at.into(),
        expires_at: key.valid_until.map(Time),
        revoked_at: key.revoked_at.map(Time),
        previous_secret_expires_at: previous.map(|previous| previous.valid_until.into()),
        last_used_on: key.last_used_on.clone(),
        rate_limit: key.rate_limit,
        links: Links { own: path, rotate },
    }
}

pub fn with_secret(
    key: &api_key::ApiKey,
    credential: Option<&Credential>,
    now: Timestamp,
) -> ApiKeyWithSecret {
    ApiKeyWithSecret { key: api_key(key, now), secret: credential.map(Credential::reveal) }
}

/// The path of the key.
pub fn location(key: &api_key::ApiKey) -> String {
    format!("/v1/api-keys/{}", key.id)
}
