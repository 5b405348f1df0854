use crate::app::App;
use crate::error::{Rejected, Result};
use crate::operations::CHANGE_TRIES_MAX;
use crate::recipe::{Current, NamedRecipe, RecipeName};
use crate::tenant::Tenant;

/// Deletes a recipe with all of its versions. Uploads that were made by it have a copy.
///
/// One conditional write leaves the counter alone, and from then on no version can be had; the rows of earlier ones are
/// removed after it. After a crash in between they are out of sight, and deleting the recipe again, which is as good as
/// the first time, removes them. `accepts` judges the recipe as it was seen; the write fails if it changed since, and it
/// is judged anew.
pub async fn delete_recipe(
    app: &App,
    tenant: &Tenant,
    name: &str,
    accepts: impl Fn(&NamedRecipe) -> Result<()>,
) -> Result<()> {
    let unknown = || Rejected::NotFound { detail: format!("there is no recipe {name}") };
    let name = RecipeName::parse(name).ok_or_else(unknown)?;
    for _ in 0..CHANGE_TRIES_MAX {
        let last_version = match app.table.get_recipe(tenant, &name).await? {
            Current::Nothing => return Err(unknown().into()),
            Current::Deleted { last_version } => last_version,
            Current::Kept(seen) => {
                accepts(&seen)?;
                if app.table.delete_recipe(&seen, app.clock.now()).await?.is_some() {
                    continue;
                }
                seen.version
            }
        };
        return Ok(app.table.remove_recipe_versions(tenant, &name, last_version).await?);
    }
    Err(Rejected::PreconditionFailed.into())
}
