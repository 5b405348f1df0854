//! Recipes that are kept by name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::recipe::{self, RecipeName, Step, VERSION_MAX};

use super::time::Time;

/// One version of a recipe that is kept by name.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NamedRecipe {
    name: RecipeName,
    /// Counts up by one with every change, and goes on after a deletion.
    #[schemars(range(min = 1, max = VERSION_MAX), example = 3)]
    version: u32,
    steps: Vec<Step>,
    /// Of the first version, or of the first one after a deletion.
    created_at: Time,
    /// Of this version.
    updated_at: Time,
    links: Links,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "NamedRecipeLinks")]
struct Links {
    #[serde(rename = "self")]
    #[schemars(example = &"/v1/recipes/avatars")]
    own: String,
    /// This version, whatever follows.
    #[schemars(example = &"/v1/recipes/avatars?version=3")]
    version: String,
}

/// The parameters of a read of one recipe.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecipeQuery {
    /// An earlier version; the latest if missing.
    #[serde(default)]
    #[schemars(range(min = 1, max = VERSION_MAX))]
    pub version: Option<u32>,
}

pub fn named_recipe(recipe: &recipe::NamedRecipe) -> NamedRecipe {
    let own = location(recipe);
    NamedRecipe {
        name: recipe.name.clone(),
        version: recipe.version,
        steps: recipe.recipe.steps.clone(),
        created_at: recipe.created_at.into(),
        updated_at: recipe.updated_at.into(),
        links: Links { version: format!("{own}?version={}", recipe.version), own },
    }
}

/// Where the latest version is shown.
pub fn location(recipe: &recipe::NamedRecipe) -> String {
    format!("/v1/recipes/{}", recipe.name)
}
