//! Runs: an upload gone through once more with another recipe.

mod create;
mod list;

pub use create::{CreatedRun, RequestName, create_run};
pub use list::list_runs;
