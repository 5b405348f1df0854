use super::take_tokens;
use crate::api_key::Caller;
use crate::app::App;
use crate::error::{Rejected, Result};
use crate::rate_limit::Taken;
use crate::recipe::Recipe;

/// Takes the tokens of a recipe's work, which is not known before the recipe is; or refuses the request.
///
/// Nothing is given back if the request fails later: it may be repeated as often as there are tokens.
pub(crate) async fn charge_recipe(
    app: &App,
    caller: &Caller,
    recipe: &Recipe,
    size_bytes: Option<u64>,
    is_verified: bool,
) -> Result<()> {
    let tokens = recipe.tokens(size_bytes, is_verified);
    if tokens == 0 {
        return Ok(());
    }
    for bucket in caller.buckets(app.tenant_limit) {
        if let Taken::Refused { retry_after, .. } = take_tokens(app, &bucket, tokens).await {
            return Err(Rejected::RateLimited { retry_after }.into());
        }
    }
    Ok(())
}
