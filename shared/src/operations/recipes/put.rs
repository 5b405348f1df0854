use crate::app::App;
use crate::error::{FieldError, Rejected, Result};
use crate::operations::CHANGE_TRIES_MAX;
use crate::operations::register::enter_name;
use crate::recipe::{Current, NamedRecipe, RECIPE_NAME_CHARS_MAX, RECIPES_MAX, Recipe, RecipeName};
use crate::register::Registered;
use crate::tenant::Tenant;

/// A recipe as it is kept now.
#[derive(Debug)]
pub struct StoredRecipe {
    pub recipe: NamedRecipe,
    /// Whether the name stood for nothing before.
    pub is_new: bool,
}

/// Keeps a recipe by name, as the version that follows the current one.
///
/// A new name is entered into the tenant's register first, which bounds their number.
/// The current version is kept apart before the new one takes its place, so that no moment lacks it; doing that twice,
/// or in vain, changes nothing. The place is taken on the condition that the version seen is still there: of two changes
/// at the same moment the later one sees, and keeps, the other. A recipe that is there already is not written again,
/// and is the answer whatever `accepts` says: the request may be a repeated one, whose first answer was lost.
pub async fn put_recipe(
    app: &App,
    tenant: &Tenant,
    name: &str,
    recipe: &Recipe,
    accepts: impl Fn(Option<&NamedRecipe>) -> Result<()>,
) -> Result<StoredRecipe> {
    let name = validate(name, recipe)?;
    for _ in 0..CHANGE_TRIES_MAX {
        let seen = app.table.get_recipe(tenant, &name).await?;
        if let Some(kept) = seen.kept().filter(|kept| kept.recipe == *recipe) {
            return Ok(StoredRecipe { recipe: kept.clone(), is_new: false });
        }
        accepts(seen.kept())?;
        match seen.kept() {
            Some(kept) => app.table.keep_recipe_version(kept).await?,
            None => enter(app, tenant, &name).await?,
        }
        let next = seen.followed_by(recipe.clone(), tenant, &name, app.clock.now());
        let next = next.ok_or_else(|| Rejected::LimitReached {
            detail: format!("the recipe {name} has had as many versions as there are numbers"),
        })?;
        let in_its_place = app.table.replace_recipe(&seen, &next).await?;
        // The recipe that is there may be ours: the first answer of the write was lost.
        let is_ours = |current: Current| current.kept() == Some(&next);
        if in_its_place.is_none_or(is_ours) {
            return Ok(StoredRecipe { recipe: next, is_new: seen.kept().is_none() });
        }
    }
    Err(Rejected::PreconditionFailed.into())
}

fn validate(name: &str, recipe: &Recipe) -> std::result::Result<RecipeName, Rejected> {
    let mut errors = recipe.field_errors("");
    match RecipeName::parse(name) {
        Some(name) if errors.is_empty() => return Ok(name),
        Some(_) => {}
        None => {
            let detail = format!("must be 1 to {RECIPE_NAME_CHARS_MAX} characters out of a-z, 0-9, - and _");
            errors.insert(0, FieldError::new("/name", detail));
        }
    }
    Err(Rejected::Invalid { errors })
}

/// Refuses a name that stands for nothing yet if the tenant keeps as many recipes as it may.
async fn enter(app: &App, tenant: &Tenant, name: &RecipeName) -> Result<()> {
    if enter_name(app, tenant, Registered::Recipes, name.as_str()).await? {
        return Ok(());
    }
    let detail = format!("the tenant keeps {RECIPES_MAX} recipes, and may not keep more");
    Err(Rejected::LimitReached { detail }.into())
}
