//! Rate limits.

mod charge_recipe;
mod take_tokens;

pub(crate) use charge_recipe::charge_recipe;
pub use take_tokens::take_tokens;
