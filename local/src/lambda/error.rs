//! Why an invocation has no answer.

use std::fmt;

use super::REQUEST_BYTES_MAX;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvokeError {
    /// The function reported an error, or answered with more than is allowed.
    Failed {
        error_type: String,
        message: String,
    },
    /// The function was killed at its timeout.
    TimedOut,
    /// The process ended, or was stopped, before it answered. `detail` says how it ended.
    Crashed {
        detail: String,
    },
    /// Too many invocations wait for a free environment already. The function was not run.
    Throttled,
    /// The event is larger than Lambda takes. The function was not run.
    TooLarge {
        payload_bytes: usize,
    },
    UnknownFunction,
}

impl InvokeError {
    /// The name that Lambda has for it.
    pub fn error_type(&self) -> &str {
        match self {
            Self::Failed { error_type, .. } => error_type,
            Self::TimedOut => "Sandbox.Timedout",
            Self::Crashed { .. } => "Runtime.ExitError",
            Self::Throttled => "TooManyRequestsException",
            Self::TooLarge { .. } => "RequestEntityTooLargeException",
            Self::UnknownFunction => "ResourceNotFoundException",
        }
    }
}

impl fmt::Display for InvokeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { error_type, message } => write!(f, "{error_type}: {message}"),
            Self::TimedOut => f.write_str("Task timed out"),
            Self::Crashed { detail } => write!(f, "Runtime exited with error: {detail}"),
            Self::Throttled => f.write_str("Rate Exceeded."),
            Self::TooLarge { .. } => {
                write!(
                    f,
                    "Request must be smaller than {REQUEST_BYTES_MAX} bytes for the InvokeFunction operation"
                )
            }
            Self::UnknownFunction => f.write_str("Function not found"),
        }
    }
}

impl std::error::Error for InvokeError {}
