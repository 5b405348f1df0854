use shared::error::{Error, FieldError, Rejected};
use shared::operations;
use shared::recipe::{self, Recipe, VERSION_MAX};

use crate::call::{Call, Json, Query};
use crate::problem::Problem;
use crate::reply::{NoContent, Shown, Stored};
use crate::views::listing::{Page, PageQuery};
use crate::views::recipes::{self, NamedRecipe, RecipeQuery};

pub async fn put(call: Call<Json<Recipe>>) -> Result<Stored<NamedRecipe>, Problem> {
    let accepts = |kept: Option<&recipe::NamedRecipe>| match kept {
        Some(kept) => is_as_seen(&call, kept),
        None => Ok(call.precondition.check_absent()?),
    };
    let (app, tenant, Json(recipe)) = (&call.app, &call.caller.tenant, &call.body);
    let stored = operations::recipes::put_recipe(app, tenant, call.path("name"), recipe, accepts).await?;
    Ok(Stored {
        view: recipes::named_recipe(&stored.recipe),
        location: recipes::location(&stored.recipe),
        is_new: stored.is_new,
    })
}

pub async fn list(call: Call<(), Query<PageQuery>>) -> Result<Shown<Page<NamedRecipe>>, Problem> {
    let Query(query) = &call.query;
    let (cursor, limit) = (query.cursor.as_deref(), query.limit.as_usize());
    let page = operations::recipes::list_recipes(&call.app, &call.caller.tenant, cursor, limit).await?;
    let data = page.items.iter().map(recipes::named_recipe).collect();
    Ok(Shown(Page { data, next_cursor: page.next }))
}

pub async fn read(call: Call<(), Query<RecipeQuery>>) -> Result<Shown<NamedRecipe>, Problem> {
    let version = call.query.0.version;
    if version.is_some_and(|version| !(1..=VERSION_MAX).contains(&version)) {
        let error = FieldError::new("/version", format!("must be 1 to {VERSION_MAX}"));
        return Err(Rejected::Invalid { errors: vec![error] }.into());
    }
    let (app, tenant) = (&call.app, &call.caller.tenant);
    let recipe = operations::recipes::read_recipe(app, tenant, call.path("name"), version).await?;
    Ok(Shown(recipes::named_recipe(&recipe)))
}

pub async fn delete(call: Call) -> Result<NoContent, Problem> {
    let accepts = |kept: &recipe::NamedRecipe| is_as_seen(&call, kept);
    operations::recipes::delete_recipe(&call.app, &call.caller.tenant, call.path("name"), accepts).await?;
    Ok(NoContent)
}

fn is_as_seen<B, P>(call: &Call<B, P>, recipe: &recipe::NamedRecipe) -> Result<(), Error> {
    Ok(call.precondition.check(&recipes::named_recipe(recipe))?)
}
