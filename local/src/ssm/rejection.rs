//! Why an operation did not happen: the caller's fault, with the error that AWS answers, or the state's.

use std::fmt;

use crate::state::StateError;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug)]
pub enum Error {
    /// Never succeeds if tried again as it is.
    Rejected(Rejection),
    Fault(StateError),
}

/// Displays as the message that AWS gives. All of them are 400.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    HierarchyLevelLimitExceeded,
    HierarchyTypeMismatch,
    InvalidKeyId(String),
    ParameterAlreadyExists,
    ParameterNotFound,
    ParameterVersionNotFound { name: String, version: i64 },
    Serialization(String),
    UnknownOperation(String),
    UnsupportedParameterType(String),
    Validation(String),
}

impl Rejection {
    /// `__type` on the wire.
    pub fn code(&self) -> &'static str {
        match self {
            Self::HierarchyLevelLimitExceeded => "HierarchyLevelLimitExceededException",
            Self::HierarchyTypeMismatch => "HierarchyTypeMismatchException",
            Self::InvalidKeyId(_) => "InvalidKeyId",
            Self::ParameterAlreadyExists => "ParameterAlreadyExists",
            Self::ParameterNotFound => "ParameterNotFound",
            Self::ParameterVersionNotFound { .. } => "ParameterVersionNotFound",
            Self::Serialization(_) => "SerializationException",
            Self::UnknownOperation(_) => "UnknownOperationException",
            Self::UnsupportedParameterType(_) => "UnsupportedParameterType",
            Self::Validation(_) => "ValidationException",
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HierarchyLevelLimitExceeded => {
                f.write_str("A hierarchy can have a maximum of 15 levels.")
            }
            Self::HierarchyTypeMismatch => f.write_str(
                "Parameter Store does not support changing a parameter type in a hierarchy. You must create a new, \
                 unique parameter.",
            ),
            Self::ParameterAlreadyExists => f.write_str(
                "The parameter already exists. To overwrite this value, set the overwrite option in the request to \
                 true.",
            ),
            // AWS says no more than its code.
            Self::ParameterNotFound => Ok(()),
            Self::ParameterVersionNotFound { name, version } => write!(
                f,
                "Systems Manager could not find version {version} of {name}. Verify the version and try again."
            ),
            Self::UnknownOperation(operation) => write!(f, "The operation {operation} is not emulated."),
            Self::UnsupportedParameterType(kind) => {
                write!(f, "{kind} is no parameter type: String, StringList or SecureString.")
            }
            Self::InvalidKeyId(message) | Self::Serialization(message) | Self::Validation(message) => {
                f.write_str(message)
            }
        }
    }
}

impl std::error::Error for Rejection {}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<StateError> for Error {
    fn from(fault: StateError) -> Self {
        Self::Fault(fault)
    }
}

impl From<rusqlite::Error> for Error {
    fn from(source: rusqlite::Error) -> Self {
        Self::Fault(source.into())
    }
}

impl From<Error> for StateError {
    fn from(error: Error) -> Self {
        match error {
            Error::Rejected(rejection) => {
                Self::new(format!("using a parameter ({})", rejection.code()), rejection)
            }
            Error::Fault(fault) => fault,
        }
    }
}
