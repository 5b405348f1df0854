//! API keys.

use std::collections::BTreeMap;

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
    name: String,
    state: State,
    scopes: Vec<Scope>,
    created_at: Time,
    /// The key works no longer than this; `null` for one that works until it is revoked.
    expires_at: Option<Time>,
    revoked_at: Option<Time>,
    /// Until then, the secret before the latest rotation works too.
    previous_secret_expires_at: Option<Time>,
    /// The day of the latest use, in UTC; `null` before the first.
    #[schemars(extend("format" = "date"))]
    last_used_on: Option<String>,
    /// What this key may ask for, within what its tenant may; `null` for as much as that.
    rate_limit: Option<Limit>,
    links: BTreeMap<&'static str, String>,
}

/// An API key, and the secret that this answer alone shows.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ApiKeyWithSecret {
    #[serde(flatten)]
    key: ApiKey,
    /// What goes into the `Authorization` header. Absent when an earlier answer has shown it.
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
    let mut links = BTreeMap::from([("self", path.clone())]);
    if matches!(state, State::Active) {
        links.insert("rotate", format!("{path}/rotate"));
    }
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
        links,
    }
}

pub fn with_secret(
    key: &api_key::ApiKey,
    credential: Option<&Credential>,
    now: Timestamp,
) -> ApiKeyWithSecret {
    ApiKeyWithSecret { key: api_key(key, now), secret: credential.map(Credential::reveal) }
}

/// Where the key is shown.
pub fn location(key: &api_key::ApiKey) -> String {
    format!("/v1/api-keys/{}", key.id)
}
