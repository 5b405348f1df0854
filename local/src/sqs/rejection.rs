//! Why an operation did not happen: the caller's fault, with the error that AWS answers, or the state's.

use std::fmt;

use crate::sqs::limits::{BATCH_ENTRIES_MAX, MESSAGE_BYTES_MAX};
use crate::state::StateError;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug)]
pub enum Error {
    /// Never succeeds if tried again as it is.
    Rejected(Rejection),
    Fault(StateError),
}

/// Displays as the message that AWS gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    BatchEntryIdsNotDistinct(String),
    BatchRequestTooLong { sent_bytes: usize },
    EmptyBatchRequest,
    InvalidAttributeName(String),
    InvalidAttributeValue(String),
    InvalidBatchEntryId,
    InvalidMessageContents,
    InvalidParameterValue(String),
    MessageNotInflight,
    MissingParameter(&'static str),
    OverLimit,
    PurgeQueueInProgress { queue: String },
    QueueDoesNotExist,
    QueueNameExists { attribute: String },
    ReceiptHandleIsInvalid(String),
    Serialization(String),
    TooManyEntriesInBatchRequest { sent: usize },
    UnknownOperation(String),
    UnsupportedOperation(String),
}

/// The names of a [`Rejection`] on the wire.
pub struct Code {
    /// The error shape of the JSON protocol, with its namespace: `__type`.
    pub shape: &'static str,
    /// The code of the older query protocol, which SDKs still show: `x-amzn-query-error`.
    pub query: &'static str,
    pub status: http::StatusCode,
}

impl Rejection {
    pub fn invalid_parameter(value: impl fmt::Display, parameter: &str, reason: &str) -> Self {
        Self::InvalidParameterValue(format!(
            "Value {value} for parameter {parameter} is invalid. Reason: {reason}"
        ))
    }

    pub fn invalid_attribute(attribute: &str) -> Self {
        Self::InvalidAttributeValue(format!("Invalid value for the parameter {attribute}."))
    }

    pub fn code(&self) -> Code {
        let (shape, query) = match self {
            Self::BatchEntryIdsNotDistinct(_) => (
                "com.amazonaws.sqs#BatchEntryIdsNotDistinct",
                "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            ),
            Self::BatchRequestTooLong { .. } => {
                ("com.amazonaws.sqs#BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong")
            }
            Self::EmptyBatchRequest => {
                ("com.amazonaws.sqs#EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest")
            }
            Self::InvalidAttributeName(_) => {
                ("com.amazonaws.sqs#InvalidAttributeName", "InvalidAttributeName")
            }
            Self::InvalidAttributeValue(_) => {
                ("com.amazonaws.sqs#InvalidAttributeValue", "InvalidAttributeValue")
            }
            Self::InvalidBatchEntryId => {
                ("com.amazonaws.sqs#InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId")
            }
            Self::InvalidMessageContents => {
                ("com.amazonaws.sqs#InvalidMessageContents", "InvalidMessageContents")
            }
            Self::InvalidParameterValue(_) => {
                ("com.amazon.coral.service#InvalidParameterValueException", "InvalidParameterValue")
            }
            Self::MessageNotInflight => {
                ("com.amazonaws.sqs#MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight")
            }
            Self::MissingParameter(_) => {
                ("com.amazon.coral.service#MissingRequiredParameterException", "MissingParameter")
            }
            Self::OverLimit => ("com.amazonaws.sqs#OverLimit", "OverLimit"),
            Self::PurgeQueueInProgress { .. } => {
                ("com.amazonaws.sqs#PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress")
            }
            Self::QueueDoesNotExist => {
                ("com.amazonaws.sqs#QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue")
            }
            Self::QueueNameExists { .. } => ("com.amazonaws.sqs#QueueNameExists", "QueueAlreadyExists"),
            Self::ReceiptHandleIsInvalid(_) => {
                ("com.amazonaws.sqs#ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid")
            }
            Self::Serialization(_) => {
                ("com.amazon.coral.service#SerializationException", "SerializationException")
            }
            Self::TooManyEntriesInBatchRequest { .. } => (
                "com.amazonaws.sqs#TooManyEntriesInBatchRequest",
                "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            ),
            Self::UnknownOperation(_) => {
                ("com.amazon.coral.service#UnknownOperationException", "InvalidAction")
            }
            Self::UnsupportedOperation(_) => {
                ("com.amazonaws.sqs#UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation")
            }
        };
        let status = match self {
            Self::OverLimit | Self::PurgeQueueInProgress { .. } => http::StatusCode::FORBIDDEN,
            _ => http::StatusCode::BAD_REQUEST,
        };
        Code { shape, query, status }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BatchEntryIdsNotDistinct(id) => write!(f, "Id {id} repeated."),
            Self::BatchRequestTooLong { sent_bytes } => write!(
                f,
                "Batch requests cannot be longer than {MESSAGE_BYTES_MAX} bytes. You have sent {sent_bytes} bytes."
            ),
            Self::EmptyBatchRequest => f.write_str("There should be at least one entry in the request."),
            Self::InvalidBatchEntryId => f.write_str(
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at \
                 most 80 letters long.",
            ),
            Self::InvalidMessageContents => {
                f.write_str("The message contains characters outside the allowed set.")
            }
            Self::MessageNotInflight => f.write_str("The specified message isn't in flight."),
            Self::MissingParameter(parameter) => {
                write!(f, "The request must contain the parameter {parameter}.")
            }
            Self::OverLimit => f.write_str("Too many messages in flight."),
            Self::PurgeQueueInProgress { queue } => {
                write!(f, "Only one PurgeQueue operation on {queue} is allowed every 60 seconds.")
            }
            Self::QueueDoesNotExist => f.write_str("The specified queue does not exist."),
            Self::QueueNameExists { attribute } => write!(
                f,
                "A queue already exists with the same name and a different value for attribute {attribute}"
            ),
            Self::ReceiptHandleIsInvalid(handle) => {
                write!(f, "The input receipt handle \"{handle}\" is not a valid receipt handle.")
            }
            Self::TooManyEntriesInBatchRequest { sent } => write!(
                f,
                "Maximum number of entries per request are {BATCH_ENTRIES_MAX}. You have sent {sent}."
            ),
            Self::UnknownOperation(action) => write!(f, "The operation {action} is not emulated."),
            Self::InvalidAttributeName(message)
            | Self::InvalidAttributeValue(message)
            | Self::InvalidParameterValue(message)
            | Self::Serialization(message)
            | Self::UnsupportedOperation(message) => f.write_str(message),
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

impl From<Rejection> for StateError {
    fn from(rejection: Rejection) -> Self {
        Self::new("using a queue", rejection)
    }
}

impl From<Error> for StateError {
    fn from(error: Error) -> Self {
        match error {
            Error::Rejected(rejection) => rejection.into(),
            Error::Fault(fault) => fault,
        }
    }
}
