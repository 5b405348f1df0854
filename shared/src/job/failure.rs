use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// The row keeps at most this much of what a failure said, so that it stays under a kilobyte.
pub const DETAIL_CHARS_MAX: usize = 56;

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub cause: Cause,
    /// Stable, in snake case.
    pub code: String,
    /// For people; cut at [`DETAIL_CHARS_MAX`].
    pub detail: String,
    /// The status of the HTTP response that was a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The job is not to be tried again before this.
    #[serde(skip)]
    pub not_before: Option<Timestamp>,
}

/// Decides what follows a failure. Stored; the words never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The job's input can never be used.
    Rejected,
    /// This can never be done, and the job's input is not to blame.
    Impossible,
    /// May succeed when tried again.
    Transient,
    /// A host that is not ours did not do its part. May succeed when tried again; nobody who runs the system can help.
    External,
    /// The code panicked.
    Panicked,
    /// Epochs ended without an outcome: a crash, a timeout, or memory that ran out.
    Lost,
}

impl Failure {
    pub fn new(cause: Cause, code: &str, detail: &str) -> Self {
        let detail = detail.chars().take(DETAIL_CHARS_MAX).collect();
        Self { cause, code: code.to_owned(), detail, status: None, not_before: None }
    }

    /// As many epochs ended, and none said how.
    pub fn lost(epochs: u32) -> Self {
        let detail = format!("{epochs} runs ended without an outcome: no time, no memory, or a crash");
        Self::new(Cause::Lost, "crashed", &detail)
    }
}
