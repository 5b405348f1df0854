//! The operations, by resource: read, ask the pure code, write. Each says why its order loses nothing.

pub mod activity;
pub mod api_keys;
pub mod changes;
pub mod jobs;
pub mod rate_limits;
pub mod recipes;
mod register;
pub mod requests;
pub mod rescue;
pub mod runs;
pub mod service;
pub mod signing_keys;
pub mod uploads;
pub mod usage;

mod page;

pub use page::Page;

/// A change is tried again this often on a row that others change at the same time.
const CHANGE_TRIES_MAX: usize = 5;
