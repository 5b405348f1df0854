//! Recipes that are kept by name: a row for what the name stands for now, and a ring of rows for what it stood for before.

use serde::{Deserialize, Serialize};

use crate::aws::fault;
use crate::aws::table::{Attributes, Key, RowKind, Table, Written, listings, number, read, row_of, string};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::recipe::{Current, NamedRecipe, RecipeName, VERSIONS_MAX};
use crate::tenant::Tenant;

/// One entry of the listing of recipes. Its position orders it and names where a page ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedRecipe {
    pub position: String,
    pub name: RecipeName,
}

/// The counter that is left of a deleted recipe.
#[derive(Serialize)]
struct DeletedRow<'a> {
    tenant: &'a Tenant,
    name: &'a RecipeName,
    version: u32,
    deleted_at: Timestamp,
}

/// Where an earlier version is.
#[derive(Deserialize)]
struct VersionPlace {
    sk: String,
}

/// The row of a name, read for what it is.
#[derive(Deserialize)]
#[serde(untagged)]
enum Row {
    Kept(Box<NamedRecipe>),
    Deleted {
        version: u32,
        #[expect(dead_code, reason = "tells the row from that of a recipe which this version cannot read")]
        deleted_at: Timestamp,
    },
}

impl From<Row> for Current {
    fn from(row: Row) -> Self {
        match row {
            Row::Kept(recipe) => Self::Kept(recipe),
            Row::Deleted { version, .. } => Self::Deleted { last_version: version },
        }
    }
}

/// Where a page of the listing ends that begins with the newest recipe.
const AFTER_ALL: &str = "~";

impl Table {
    /// Returns the recipe that the name stands for now.
    pub async fn get_recipe(&self, tenant: &Tenant, name: &RecipeName) -> Result<Current, Fault> {
        let row: Option<Row> = self.get(&key(tenant, name), "reading the recipe").await?;
        Ok(row.map_or(Current::Nothing, Current::from))
    }

    /// An earlier version, if it is kept.
    pub async fn get_recipe_version(
        &self,
        tenant: &Tenant,
        name: &RecipeName,
        version: u32,
    ) -> Result<Option<NamedRecipe>, Fault> {
        let key = version_key(tenant, name, version);
        let in_its_place: Option<NamedRecipe> = self.get(&key, "reading a version of the recipe").await?;
        Ok(in_its_place.filter(|recipe| recipe.version == version))
    }

    /// All of `names` that stand for a recipe, in no order.
    pub async fn get_recipes(
        &self,
        tenant: &Tenant,
        names: &[RecipeName],
    ) -> Result<Vec<NamedRecipe>, Fault> {
        let keys: Vec<Key> = names.iter().map(|name| key(tenant, name)).collect();
        let rows: Vec<Row> = self.get_all(&keys, "reading the recipes").await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| match row {
                Row::Kept(recipe) => Some(*recipe),
                Row::Deleted { .. } => None,
            })
            .collect())
    }

    /// Keeps a version that is about to be replaced, in the place of the one a hundred before it.
    ///
    /// Harmless when repeated or late: what a version holds never changes, and a later one is never written over.
    pub async fn keep_recipe_version(&self, recipe: &NamedRecipe) -> Result<(), Fault> {
        let key = version_key(&recipe.tenant, &recipe.name, recipe.version);
        let condition = "attribute_not_exists(#pk) OR #version < :version";
        let values = vec![(":version", number(recipe.version))];
        let doing = "keeping a version of the recipe";
        self.put_if(condition, values, &key, row_of(recipe)?, doing).await?;
        Ok(())
    }

    /// Makes the name stand for `next`, if it still stands for what was `seen`; else answers what it stands for.
    pub async fn replace_recipe(&self, seen: &Current, next: &NamedRecipe) -> Result<Option<Current>, Fault> {
        let mut row = row_of(next)?;
        let position = format!("{}#{}", listings::position_at(next.created_at), next.name);
        row.insert("listing".to_owned(), string(listing(&next.tenant)));
        row.insert("listed_at".to_owned(), string(position));
        self.write_recipe(seen, &key(&next.tenant, &next.name), row, "storing the recipe").await
    }

    /// Leaves of a recipe its counter alone, if it still is as it was seen; else answers what the name stands for.
    pub async fn delete_recipe(&self, seen: &NamedRecipe, now: Timestamp) -> Result<Option<Current>, Fault> {
        let row =
            DeletedRow { tenant: &seen.tenant, name: &seen.name, version: seen.version, deleted_at: now };
        let key = key(&seen.tenant, &seen.name);
        let seen = Current::Kept(Box::new(seen.clone()));
        self.write_recipe(&seen, &key, row_of(&row)?, "deleting the recipe").await
    }

    /// A version is one thing for ever, so that whoever sees the same version sees the same row, but for the deletion.
    async fn write_recipe(
        &self,
        seen: &Current,
        key: &Key,
        row: Attributes,
        doing: &'static str,
    ) -> Result<Option<Current>, Fault> {
        let (condition, version) = match seen {
            Current::Nothing => ("attribute_not_exists(#pk)", None),
            Current::Kept(seen) => ("#version = :version AND attribute_exists(#recipe)", Some(seen.version)),
            Current::Deleted { last_version } => {
                ("#version = :version AND attribute_not_exists(#recipe)", Some(*last_version))
            }
        };
        let values = version.map(|version| (":version", number(version))).into_iter().collect();
        match self.put_if(condition, values, key, row, doing).await? {
            Written::Made(_) => Ok(None),
            Written::Refused(None) => Ok(Some(Current::Nothing)),
            Written::Refused(Some(row)) => read::<Row>(row).map(|row| Some(row.into())),
        }
    }

    /// Removes the earlier versions of a recipe up to `last_version`, of which none can be had any more.
    pub async fn remove_recipe_versions(
        &self,
        tenant: &Tenant,
        name: &RecipeName,
        last_version: u32,
    ) -> Result<(), Fault> {
        let query = self
            .client
            .query()
            .key_condition_expression("pk = :pk AND begins_with(sk, :versions)")
            .projection_expression("sk")
            .expression_attribute_values(":pk", string(pk(tenant, name)))
            .expression_attribute_values(":versions", string(RowKind::RecipeVersion.text()));
        let places: Vec<VersionPlace> = self.query_all(query, "looking for versions of the recipe").await?;
        for VersionPlace { sk } in places {
            // Where the recipe was made anew meanwhile, a later version may have taken the place: that one stays.
            let (key, last) = (Key::new(pk(tenant, name), &sk), number(last_version));
            let doing = "removing a version of the recipe";
            self.delete_if("#version <= :last", (":last", last), &key, doing).await?;
        }
        Ok(())
    }

    /// The tenant's recipes, newest first, at most `limit`, with positions before `before`. May lag by a moment.
    pub async fn list_recipes(
        &self,
        tenant: &Tenant,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ListedRecipe>, Fault> {
        let query = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(listings::INDEX)
            .key_condition_expression("listing = :listing AND listed_at < :before")
            .expression_attribute_values(":listing", string(listing(tenant)))
            .expression_attribute_values(":before", string(before.unwrap_or(AFTER_ALL)))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let answer = query.send().await.map_err(fault("reading the listing of recipes"))?;
        Ok(answer.items.unwrap_or_default().iter().filter_map(listed).collect())
    }
}

fn pk(tenant: &Tenant, name: &RecipeName) -> String {
    format!("{tenant}#recipe#{name}")
}

fn key(tenant: &Tenant, name: &RecipeName) -> Key {
    Key::new(pk(tenant, name), RowKind::Recipe.text())
}

/// There are as many places as versions are kept, and each version has its own among its neighbours.
fn version_key(tenant: &Tenant, name: &RecipeName, version: u32) -> Key {
    Key::new(pk(tenant, name), &format!("{}{:02}", RowKind::RecipeVersion.text(), version % VERSIONS_MAX))
}

fn listing(tenant: &Tenant) -> String {
    format!("{tenant}#recipe")
}

fn listed(row: &Attributes) -> Option<ListedRecipe> {
    let position = row.get("listed_at")?.as_s().ok()?;
    let (_, name) = position.split_once('#')?;
    Some(ListedRecipe { position: position.clone(), name: RecipeName::parse(name)? })
}
