use crate::app::App;
use crate::error::{Fault, Problem, Rejected, Result};
use crate::recipe::{NamedRecipe, RecipeChoice, RecipeName, ResolvedRecipe};
use crate::tenant::Tenant;

/// Answers the recipe that a choice stands for now. What is made by it keeps a copy, so that later changes are of no
/// matter to it.
///
/// Only reads, and nothing where the recipe was sent along. A name that stands for nothing is the field `recipe`'s fault.
pub async fn resolve_recipe(app: &App, tenant: &Tenant, choice: &RecipeChoice) -> Result<ResolvedRecipe> {
    let reference = match choice {
        RecipeChoice::Inline(recipe) => return Ok(recipe.clone().into()),
        RecipeChoice::Named(reference) => reference,
    };
    let unknown = || {
        let problem = Problem::new("/recipe", format!("there is no recipe {reference}"));
        Rejected::Invalid { problems: vec![problem] }
    };
    let found = find_recipe(app, tenant, &reference.name, reference.version).await?;
    let found = found.ok_or_else(unknown)?;
    Ok(ResolvedRecipe { source: Some(found.source()), recipe: found.recipe })
}

/// The latest version of a kept recipe, or a given one that can still be had; consistent with every write that was
/// answered before.
///
/// The current row is read first: a version is kept apart before another takes its place there, so that one which is not
/// the current one is found where it is kept.
pub(super) async fn find_recipe(
    app: &App,
    tenant: &Tenant,
    name: &RecipeName,
    version: Option<u32>,
) -> std::result::Result<Option<NamedRecipe>, Fault> {
    let current = app.table.get_recipe(tenant, name).await?;
    match (current.kept(), version) {
        (Some(current), Some(version)) if version == current.version => Ok(Some(current.clone())),
        (Some(current), Some(version)) if current.keeps(version) => {
            app.table.get_recipe_version(tenant, name, version).await
        }
        (_, Some(_)) => Ok(None),
        (current, None) => Ok(current.cloned()),
    }
}
