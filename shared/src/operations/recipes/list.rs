use crate::app::App;
use crate::error::Result;
use crate::operations::page::{Listing, Page};
use crate::recipe::{NamedRecipe, RecipeName};
use crate::tenant::Tenant;

/// The name that cursors of this listing are signed for.
const LISTING: &str = "recipes";

/// Lists the latest versions of the tenant's recipes, those first that were made last. The listing may lag behind by a
/// moment, and each recipe in it is as it is now.
pub async fn list_recipes(
    app: &App,
    tenant: &Tenant,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<NamedRecipe>> {
    let listing = Listing::open(app, tenant, LISTING).await?;
    let before = listing.position(after)?;
    let mut listed = app.table.list_recipes(tenant, before.as_deref(), limit + 1).await?;
    let next = listing.cut(&mut listed, limit, |last| last.position.clone());
    let mut names: Vec<RecipeName> = Vec::new();
    for listed in listed {
        // A recipe that was just deleted and made anew may be there with both of its positions.
        if !names.contains(&listed.name) {
            names.push(listed.name);
        }
    }
    let mut recipes = app.table.get_recipes(tenant, &names).await?;
    recipes.sort_by_key(|recipe| names.iter().position(|name| *name == recipe.name));
    Ok(Page { items: recipes, next })
}
