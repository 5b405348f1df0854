//! Saved recipes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::recipe::{self, RecipeName, Step, VERSION_MAX};

use super::time::Time;

/// A version of a saved recipe.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NamedRecipe {
    name: RecipeName,
    /// Goes up by one with every change, and continues after a deletion.
    #[schemars(range(min = 1, max = VERSION_MAX), example = 3)]
    version: u32,
    steps: Vec<Step>,
    /// When the first version was saved, or the first one after a deletion.
    created_at: Time,
    /// When this version was saved.
    updated_at: Time,
    links: Links,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "NamedRecipeLinks")]
struct Links {
    #[serde(rename = "self")]
    #[schemars(example = &"/v1/recipes/avatars")]
    own: String,
    /// This version, also when there are later ones.
    #[schemars(example = &"/v1/recipes/avatars?version=3")]
    version: String,
}

/// The parameters of a read of one recipe.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecipeQuery {
    /// The number of a version. Default: the latest.
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
