//! The commands of `cargo dev`.

use std::io::Write;

pub mod bench;
pub mod demo;
pub mod docs;
pub mod function;
pub mod jobs;
pub mod key;
pub mod measure;
pub mod mutants;
pub mod units;
pub mod up;

mod api;
mod client;
mod interruption;

/// Where state is kept unless `--state` says otherwise.
pub const STATE_FOLDER: &str = ".millrace";

/// The error that a command ends with: shown as one line.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Prints `text`. Nobody left to read it is no reason to stop.
fn say(text: &str) {
    let mut output = std::io::stdout().lock();
    drop(output.write_all(text.as_bytes()).and_then(|()| output.flush()));
}
