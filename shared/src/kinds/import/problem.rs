//! Why an import does not go on, in words for the person who chose the URL.

use crate::error::Fault;
use crate::job::{Cause, Failure};
use crate::kinds::contract::Stopped;
use crate::outbound;

/// The reason why a run of an import ended without the file.
#[derive(Debug)]
pub struct Problem {
    pub stopped: Stopped,
    /// The whole text of a failure, of which a job's row keeps the beginning alone; `None` when that is all.
    pub detail: Option<Box<str>>,
}

impl Problem {
    /// The file can never be had.
    pub fn refused(code: &str, detail: impl Into<String>) -> Self {
        Self::new(Cause::Rejected, code, detail.into(), None)
    }

    /// It may be had later.
    pub fn passing(code: &str, detail: impl Into<String>) -> Self {
        Self::new(Cause::External, code, detail.into(), None)
    }

    /// It may be had later, and no other host is to blame.
    pub fn ours(code: &str, detail: impl Into<String>) -> Self {
        Self::new(Cause::Transient, code, detail.into(), None)
    }

    fn new(reason: Cause, code: &str, detail: String, cause: Option<Fault>) -> Self {
        let failure = Failure::new(reason, code, &detail);
        Self { stopped: Stopped::Failed { failure, cause }, detail: Some(detail.into()) }
    }
}

/// AWS did not do what it was asked for, which passes.
impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Stopped::from(fault).into()
    }
}

impl From<Stopped> for Problem {
    fn from(stopped: Stopped) -> Self {
        Self { stopped, detail: None }
    }
}

impl From<outbound::Error> for Problem {
    fn from(error: outbound::Error) -> Self {
        let reason = if error.can_retry() { Cause::External } else { Cause::Rejected };
        let (code, detail) = (error.code(), error.to_string());
        Self::new(reason, code, detail, Some(Fault::new("fetching a source", error)))
    }
}
