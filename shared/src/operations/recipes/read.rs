use crate::app::App;
use crate::error::{Fault, Rejected, Result};
use crate::recipe::{NamedRecipe, RecipeName};
use crate::tenant::Tenant;

/// Reads a recipe of this tenant that is kept by name: its latest version, or a given one that can still be had.
pub async fn read_recipe(
    app: &App,
    tenant: &Tenant,
    name: &str,
    version: Option<u32>,
) -> Result<NamedRecipe> {
    let unknown = || {
        let version = version.map(|version| format!(", or not its version {version}"));
        Rejected::NotFound { detail: format!("there is no recipe {name}{}", version.unwrap_or_default()) }
    };
    let parsed = RecipeName::parse(name).ok_or_else(unknown)?;
    Ok(find_recipe(app, tenant, &parsed, version).await?.ok_or_else(unknown)?)
}

/// The latest version of a kept recipe, or a given one that can still be had; consistent with every write that was
/// answered before.
///
/// The current row is read first: a version is kept apart before another takes its place there, so that one which is not
/// the current one is found where it is kept.
pub(crate) async fn find_recipe(
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
