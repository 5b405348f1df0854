//! Which recipe something is to have: one that is sent along, or one that the tenant keeps by name.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::named::{RECIPE_NAME_CHARS_MAX, RecipeSource, VERSION_MAX};
use super::{Recipe, RecipeName};

/// A recipe, or where one is kept. In JSON an object, or a text such as `avatars` or `avatars@3`.
#[derive(Clone, Debug, PartialEq)]
pub enum RecipeChoice {
    Inline(Recipe),
    Named(RecipeReference),
}

/// A recipe that is kept by name: its latest version, or one that is pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipeReference {
    pub name: RecipeName,
    pub version: Option<u32>,
}

/// The recipe that a choice stands for now, and where it is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResolvedRecipe {
    pub recipe: Recipe,
    /// `None` of one that was sent along.
    pub source: Option<RecipeSource>,
}

impl RecipeChoice {
    /// The recipe that was sent along.
    pub const fn inline(&self) -> Option<&Recipe> {
        match self {
            Self::Inline(recipe) => Some(recipe),
            Self::Named(_) => None,
        }
    }
}

impl Default for RecipeChoice {
    fn default() -> Self {
        Self::Inline(Recipe::default())
    }
}

impl From<Recipe> for RecipeChoice {
    fn from(recipe: Recipe) -> Self {
        Self::Inline(recipe)
    }
}

impl From<Recipe> for ResolvedRecipe {
    fn from(recipe: Recipe) -> Self {
        Self { recipe, source: None }
    }
}

impl RecipeReference {
    /// Reads `name` or `name@version`.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, version) = match text.split_once('@') {
            None => (text, None),
            Some((name, version)) => (name, Some(parse_version(version)?)),
        };
        Some(Self { name: RecipeName::parse(name)?, version })
    }
}

/// A version has one spelling: no sign, and no zero in front.
fn parse_version(text: &str) -> Option<u32> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|version| is_plain && *version <= VERSION_MAX)
}

impl fmt::Display for RecipeReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            Some(version) => write!(f, "{}@{version}", self.name),
            None => write!(f, "{}", self.name),
        }
    }
}

/// As it was sent, so that the fingerprint of a request is that of what was asked for.
impl Serialize for RecipeChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Inline(recipe) => recipe.serialize(serializer),
            Self::Named(reference) => serializer.collect_str(reference),
        }
    }
}

/// By hand: an untagged enum would forget where below it a fault was.
impl<'de> Deserialize<'de> for RecipeChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ChoiceVisitor)
    }
}

struct ChoiceVisitor;

impl<'de> Visitor<'de> for ChoiceVisitor {
    type Value = RecipeChoice;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a recipe, or the name of one")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<RecipeChoice, E> {
        let rule = || {
            E::custom(format!(
                "must be a name of 1 to {RECIPE_NAME_CHARS_MAX} characters out of a-z, 0-9, - and _, and may have a \
                 version behind it, such as avatars@3"
            ))
        };
        RecipeReference::parse(text).map(RecipeChoice::Named).ok_or_else(rule)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RecipeChoice, A::Error> {
        Recipe::deserialize(MapAccessDeserializer::new(map)).map(RecipeChoice::Inline)
    }

    fn visit_unit<E: Error>(self) -> Result<RecipeChoice, E> {
        Err(E::invalid_type(Unexpected::Other("null"), &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _items: A) -> Result<RecipeChoice, A::Error> {
        Err(A::Error::invalid_type(Unexpected::Other("an array"), &self))
    }
}

impl JsonSchema for RecipeChoice {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "RecipeChoice".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let name = json_schema!({
            "type": "string",
            "pattern": format!("^[a-z0-9_-]{{1,{RECIPE_NAME_CHARS_MAX}}}(@[1-9][0-9]{{0,8}})?$"),
            "example": "avatars@3",
        });
        json_schema!({ "anyOf": [generator.subschema_for::<Recipe>(), name] })
    }
}
