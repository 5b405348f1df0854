//! Scopes: what an API key may do. The route table of the API says which scope each route needs.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A permission of an API key.
// Stored and public: the words never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Scope {
    #[serde(rename = "api-keys:read")]
    ApiKeysRead,
    #[serde(rename = "api-keys:write")]
    ApiKeysWrite,
    #[serde(rename = "jobs:read")]
    JobsRead,
    #[serde(rename = "jobs:write")]
    JobsWrite,
    #[serde(rename = "recipes:read")]
    RecipesRead,
    #[serde(rename = "recipes:write")]
    RecipesWrite,
    #[serde(rename = "signing-keys:read")]
    SigningKeysRead,
    #[serde(rename = "signing-keys:write")]
    SigningKeysWrite,
    #[serde(rename = "uploads:read")]
    UploadsRead,
    #[serde(rename = "uploads:write")]
    UploadsWrite,
}

impl Scope {
    pub const ALL: [Self; 10] = [
        Self::ApiKeysRead,
        Self::ApiKeysWrite,
        Self::JobsRead,
        Self::JobsWrite,
        Self::RecipesRead,
        Self::RecipesWrite,
        Self::SigningKeysRead,
        Self::SigningKeysWrite,
        Self::UploadsRead,
        Self::UploadsWrite,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKeysRead => "api-keys:read",
            Self::ApiKeysWrite => "api-keys:write",
            Self::JobsRead => "jobs:read",
            Self::JobsWrite => "jobs:write",
            Self::RecipesRead => "recipes:read",
            Self::RecipesWrite => "recipes:write",
            Self::SigningKeysRead => "signing-keys:read",
            Self::SigningKeysWrite => "signing-keys:write",
            Self::UploadsRead => "uploads:read",
            Self::UploadsWrite => "uploads:write",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_names_never_change() {
        let names = Scope::ALL.map(|scope| serde_json::to_value(scope).unwrap());
        let expected = [
            "api-keys:read",
            "api-keys:write",
            "jobs:read",
            "jobs:write",
            "recipes:read",
            "recipes:write",
            "signing-keys:read",
            "signing-keys:write",
            "uploads:read",
            "uploads:write",
        ];
        assert_eq!(names, expected);
        assert!(Scope::ALL.iter().zip(&names).all(|(scope, name)| name == scope.as_str()));
    }
}
