//! Keys that a tenant's requests to the world are signed with.

mod create;
mod delete;
mod list;
mod secrets;

pub use create::{CreatedSigningKey, create_signing_key};
pub use delete::delete_signing_key;
pub use list::{list_signing_keys, read_signing_key};
pub(crate) use secrets::signing_secrets;
