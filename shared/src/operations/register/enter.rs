use std::collections::BTreeSet;

use crate::api_key::State;
use crate::app::App;
use crate::error::Fault;
use crate::recipe::RecipeName;
use crate::register::{Register, Registered};
use crate::tenant::Tenant;

/// Requests of one tenant at once enter their names one after the other, and each has so many tries.
const TRIES_MAX: usize = 50;

/// DynamoDB reads at most this many rows in one call.
const ROWS_AT_ONCE: usize = 100;

/// Enters a name, and returns whether there was room for it. Its row may be put then.
///
/// One conditional write of the register holds the bound. A crash after it leaves a name that stands for nothing; it is
/// left out when the register is full.
pub(crate) async fn enter_name(
    app: &App,
    tenant: &Tenant,
    of: Registered,
    name: &str,
) -> Result<bool, Fault> {
    for _ in 0..TRIES_MAX {
        let seen = app.table.get_register(tenant, of).await?;
        // A register that is not there yet begins with what was made before it.
        let is_new = seen.is_none();
        let seen = seen.unwrap_or_default();
        let now = app.clock.now();
        let next = match seen.with(name, of.most(), now).filter(|_| !is_new) {
            Some(next) => Some(next),
            None => seen.made_anew(standing(app, tenant, of, &seen).await?, now).with(name, of.most(), now),
        };
        let Some(next) = next else { return Ok(false) };
        if app.table.put_register(tenant, of, &seen, &next).await? {
            return Ok(true);
        }
    }
    Err(Fault::new("entering a name", "others enter theirs all the time"))
}

/// The names that stand for something: of those in the register by consistent reads, and of others where they can be found.
async fn standing(app: &App, tenant: &Tenant, of: Registered, seen: &Register) -> Result<Vec<String>, Fault> {
    match of {
        Registered::ApiKeys => {
            let (keys, now) = (app.table.list_api_keys(tenant).await?, app.clock.now());
            let working = keys.into_iter().filter(|key| key.state(now) == State::Active);
            Ok(working.map(|key| key.id.to_string()).collect())
        }
        Registered::Recipes => saved_recipes(app, tenant, seen).await,
        Registered::SigningKeys => {
            let keys = app.table.list_signing_keys(tenant).await?;
            Ok(keys.into_iter().map(|key| key.id.to_string()).collect())
        }
    }
}

async fn saved_recipes(app: &App, tenant: &Tenant, seen: &Register) -> Result<Vec<String>, Fault> {
    let listed = app.table.list_recipes(tenant, None, Registered::Recipes.most()).await?;
    let mut names: BTreeSet<RecipeName> = listed.into_iter().map(|listed| listed.name).collect();
    names.extend(seen.names.keys().filter_map(|name| RecipeName::parse(name)));
    let names: Vec<RecipeName> = names.into_iter().collect();
    let mut saved = Vec::new();
    // The listing lags behind by a moment; the rows do not.
    for names in names.chunks(ROWS_AT_ONCE) {
        let kept = app.table.get_recipes(tenant, names).await?;
        saved.extend(kept.into_iter().map(|recipe| recipe.name.to_string()));
    }
    Ok(saved)
}
