use crate::app::App;
use crate::cursor;
use crate::error::Result;
use crate::operations::list_uploads::{cursor_secret, cut_to_page, position};
use crate::recipe::{NamedRecipe, RecipeName};
use crate::tenant::Tenant;

/// What cursors of this listing are signed for.
const LISTING: &str = "recipes";

/// Some recipes, newest first, and the cursor that continues after them.
#[derive(Debug)]
pub struct RecipePage {
    pub recipes: Vec<NamedRecipe>,
    pub next: Option<String>,
}

/// Lists the latest versions of the tenant's recipes, those first that were made last. The listing may lag behind by a
/// moment, and each recipe in it is as it is now.
pub async fn list_recipes(
    app: &App,
    tenant: &Tenant,
    after: Option<&str>,
    limit: usize,
) -> Result<RecipePage> {
    let secret = cursor_secret(app).await?;
    let before = after.map(|after| position(&secret, tenant, LISTING, after)).transpose()?;
    let mut listed = app.table.list_recipes(tenant, before.as_deref(), limit + 1).await?;
    let last = cut_to_page(&mut listed, limit);
    let next = last.map(|last| cursor::sign(&secret, tenant, LISTING, &last.position));
    let mut names: Vec<RecipeName> = Vec::new();
    for listed in listed {
        // A recipe that was just deleted and made anew may be there with both of its positions.
        if !names.contains(&listed.name) {
            names.push(listed.name);
        }
    }
    let mut recipes = app.table.get_recipes(tenant, &names).await?;
    recipes.sort_by_key(|recipe| names.iter().position(|name| *name == recipe.name));
    Ok(RecipePage { recipes, next })
}
