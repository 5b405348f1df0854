//! Recipes that a tenant keeps by name. Every change is a version of its own, and a version's content never changes.
//!
//! Pure: rows and the time go in, decisions come out.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::Recipe;
use crate::clock::Timestamp;
use crate::tenant::Tenant;

/// A recipe's name is part of keys.
pub const RECIPE_NAME_CHARS_MAX: usize = 64;

/// A tenant keeps at most this many recipes.
pub const RECIPES_MAX: usize = 100;

/// So many versions of a recipe are kept: the current one, and those right before it.
pub const VERSIONS_MAX: u32 = 100;

/// No version has a larger number.
pub const VERSION_MAX: u32 = 999_999_999;

/// The name that a tenant gives a recipe: `a`–`z`, `0`–`9`, `-` and `_`, 1 to 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecipeName(String);

/// One version of a recipe that is kept by name, as it is stored. Attribute names are data: they never change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedRecipe {
    pub tenant: Tenant,
    pub name: RecipeName,
    /// Counts up by one for as long as there is a table: a number never means two things, not even after a deletion.
    pub version: u32,
    /// The version that the recipe began with, the first time or after a deletion. Earlier ones are gone.
    pub first_version: u32,
    pub recipe: Recipe,
    /// Creation time of the recipe's first version.
    pub created_at: Timestamp,
    /// Creation time of this version.
    pub updated_at: Timestamp,
}

/// The recipe that a name stands for, if there is one.
#[derive(Clone, Debug, PartialEq)]
pub enum Current {
    /// Nothing, and it never did.
    Nothing,
    Kept(Box<NamedRecipe>),
    /// Nothing any more: what is left counts on.
    Deleted {
        last_version: u32,
    },
}

/// A version of a saved recipe.
// Stored and public: the names never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecipeSource {
    pub name: RecipeName,
    /// The number of the version.
    #[schemars(range(min = 1, max = VERSION_MAX), example = 3)]
    pub version: u32,
}

impl RecipeName {
    pub fn parse(name: &str) -> Option<Self> {
        let fits = (1..=RECIPE_NAME_CHARS_MAX).contains(&name.len());
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        (fits && name.bytes().all(is_plain)).then(|| Self(name.to_owned()))
    }

    /// A regular expression that takes what [`Self::parse`] does.
    pub fn pattern() -> String {
        format!("^[a-z0-9_-]{{1,{RECIPE_NAME_CHARS_MAX}}}$")
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RecipeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JsonSchema for RecipeName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "RecipeName".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": Self::pattern(), "example": "avatars" })
    }
}

impl NamedRecipe {
    pub fn source(&self) -> RecipeSource {
        RecipeSource { name: self.name.clone(), version: self.version }
    }

    /// Whether this version, or that earlier one, can still be had while this one is the current one.
    pub fn keeps(&self, version: u32) -> bool {
        (self.first_version..=self.version).contains(&version) && self.version - version < VERSIONS_MAX
    }
}

impl Current {
    pub fn kept(&self) -> Option<&NamedRecipe> {
        match self {
            Self::Kept(recipe) => Some(recipe),
            Self::Nothing | Self::Deleted { .. } => None,
        }
    }

    /// The version that makes the name stand for `recipe`; `None` when all numbers are used up.
    pub fn followed_by(
        &self,
        recipe: Recipe,
        tenant: &Tenant,
        name: &RecipeName,
        now: Timestamp,
    ) -> Option<NamedRecipe> {
        let last_version = match self {
            Self::Nothing => 0,
            Self::Kept(recipe) => recipe.version,
            Self::Deleted { last_version } => *last_version,
        };
        let version = Some(last_version + 1).filter(|version| *version <= VERSION_MAX)?;
        let began = self.kept().map(|kept| (kept.first_version, kept.created_at));
        let (first_version, created_at) = began.unwrap_or((version, now));
        Some(NamedRecipe {
            tenant: tenant.clone(),
            name: name.clone(),
            version,
            first_version,
            recipe,
            created_at,
            updated_at: now,
        })
    }
}
