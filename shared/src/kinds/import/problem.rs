//! Why an import does not go on, in words for whoever chose the URL.

use crate::clock::Timestamp;
use crate::error::Fault;
use crate::job::{Cause, Failure};
use crate::outbound;

use crate::kinds::contract::Stopped;

/// The reason why a run of an import ended without the file.
#[derive(Debug)]
pub enum Problem {
    Failed {
        failure: Failure,
        /// The whole text, of which a job's row keeps the beginning alone.
        detail: String,
        /// For the log alone.
        cause: Option<Fault>,
    },
    /// Some of the file is stored, and the next run goes on there.
    Deferred { until: Timestamp },
}

impl Problem {
    /// The file can never be had.
    pub fn refused(code: &str, detail: impl Into<String>) -> Self {
        Self::new(Cause::Rejected, code, detail.into())
    }

    /// It may be had later.
    pub fn passing(code: &str, detail: impl Into<String>) -> Self {
        Self::new(Cause::Transient, code, detail.into())
    }

    fn new(cause: Cause, code: &str, detail: String) -> Self {
        Self::Failed { failure: Failure::new(cause, code, &detail), detail, cause: None }
    }
}

impl From<outbound::Error> for Problem {
    fn from(error: outbound::Error) -> Self {
        let cause = if error.can_retry() { Cause::Transient } else { Cause::Rejected };
        let detail = error.to_string();
        let failure = Failure::new(cause, error.code(), &detail);
        Self::Failed { failure, detail, cause: Some(Fault::new("fetching a source", error)) }
    }
}

/// AWS did not do what it was asked for, which passes.
impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match Stopped::from(fault) {
            Stopped::Failed { failure, cause } => {
                let detail = failure.detail.clone();
                Self::Failed { failure, detail, cause }
            }
            Stopped::Deferred { until } => Self::Deferred { until },
        }
    }
}
