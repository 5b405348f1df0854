//! Recipes that are kept by name.

mod delete;
mod list;
mod put;
mod read;
mod resolve;

pub use delete::delete_recipe;
pub use list::list_recipes;
pub use put::{StoredRecipe, put_recipe};
pub use read::read_recipe;
pub use resolve::resolve_recipe;
