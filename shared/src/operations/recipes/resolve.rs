use super::read::find_recipe;
use crate::app::App;
use crate::error::{FieldError, Rejected, Result};
use crate::recipe::{RecipeChoice, ResolvedRecipe};
use crate::tenant::Tenant;

/// Returns the recipe that a choice stands for now. Uploads keep a copy of it, so that later changes are of no
/// matter to them.
///
/// Only reads, and nothing where the recipe was sent along. A name that stands for nothing is the field `recipe`'s fault.
pub async fn resolve_recipe(app: &App, tenant: &Tenant, choice: &RecipeChoice) -> Result<ResolvedRecipe> {
    let reference = match choice {
        RecipeChoice::Inline(recipe) => return Ok(recipe.clone().into()),
        RecipeChoice::Named(reference) => reference,
    };
    let unknown = || {
        let error = FieldError::new("/recipe", format!("there is no recipe {reference}"));
        Rejected::Invalid { errors: vec![error] }
    };
    let found = find_recipe(app, tenant, &reference.name, reference.version).await?;
    let found = found.ok_or_else(unknown)?;
    Ok(ResolvedRecipe { source: Some(found.source()), recipe: found.recipe })
}
