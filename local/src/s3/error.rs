//! The two kinds of fault: the caller's, who is told in S3's words, or the store's, which is logged and hidden.

use s3s::{S3Error, S3ErrorCode};

use crate::state::StateError;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug)]
pub enum Error {
    Rejected(S3Error),
    Fault(StateError),
}

impl From<S3Error> for Error {
    fn from(rejection: S3Error) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<StateError> for Error {
    fn from(fault: StateError) -> Self {
        Self::Fault(fault)
    }
}

impl From<rusqlite::Error> for Error {
    fn from(fault: rusqlite::Error) -> Self {
        Self::Fault(fault.into())
    }
}

impl From<Error> for S3Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Rejected(rejection) => rejection,
            Error::Fault(fault) => {
                tracing::error!(error = &fault as &dyn std::error::Error, "the S3 store failed");
                let mut hidden = S3Error::new(S3ErrorCode::InternalError);
                hidden.set_message("We encountered an internal error. Please try again.");
                hidden
            }
        }
    }
}

/// For callers outside S3, to whom a rejection is a failure like any other.
impl From<Error> for StateError {
    fn from(error: Error) -> Self {
        match error {
            Error::Rejected(rejection) => Self::new("using the S3 store", rejection),
            Error::Fault(fault) => fault,
        }
    }
}
