//! The service itself.

mod check_readiness;

pub use check_readiness::check_readiness;
