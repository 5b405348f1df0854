//! Turns requests into types that cannot be wrong. Every refusal says where the fault is.
//!
//! Text that is no JSON is malformed (400); JSON that is not what the route takes is invalid (422), with a pointer.

mod fields;
mod json;
mod query;

pub use fields::{closest, from_value};
pub use json::json;
pub use query::query;
