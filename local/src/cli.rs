//! The commands of `cargo dev`.

pub mod demo;
pub mod function;
pub mod up;

/// What a command ends with when it fails: shown as one line.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
