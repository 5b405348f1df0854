//! API keys: who may do what.

mod authenticate;
mod create;
mod list;
mod read;
mod revoke;
mod rotate;

pub use authenticate::authenticate;
pub use create::{CreatedApiKey, create_api_key};
pub use list::list_api_keys;
pub use read::read_api_key;
pub use revoke::revoke_api_key;
pub use rotate::{RotatedApiKey, rotate_api_key};
