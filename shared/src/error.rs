//! The two kinds of failure: whose fault is it, and what does the caller do differently?

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

pub type Result<T> = std::result::Result<T, Error>;

/// The error of an operation.
#[derive(Debug)]
pub enum Error {
    /// The caller's fault: tell the caller, never try again.
    Rejected(Rejected),
    /// Not the caller's fault: log it, hide it, try again.
    Fault(Fault),
}

/// One fault of a request. Codes are public and stable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// No credentials, or none that are known.
    Unauthenticated { detail: String },
    /// The credentials are known and do not allow this.
    Forbidden { detail: String },
    /// Nothing by that id belongs to this tenant.
    NotFound { detail: String },
    /// It was there, and was deleted.
    Gone { detail: String },
    /// The request is not of the right form: not JSON, a wrong type, an unknown field.
    Malformed { detail: String },
    /// The fields named are not acceptable.
    Invalid { errors: Vec<FieldError> },
    /// The `Idempotency-Key` was used for another request before.
    KeyReused,
    /// The first request under this `Idempotency-Key` is under way.
    InProgress { retry_after: Duration },
    /// The thing is no longer as the caller last saw it.
    PreconditionFailed,
    /// The thing is in a state that does not allow this.
    Conflict { detail: String },
    /// The tenant has as many of something as it may.
    LimitReached { detail: String },
    /// The caller has used up a rate limit.
    RateLimited { retry_after: Duration },
    /// It would take the tenant over what it may have at once.
    OverBound { bound: Bound, detail: String, retry_after: Duration },
}

/// A field of a request that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FieldError {
    /// A JSON pointer (RFC 6901) to the field.
    pub pointer: String,
    /// The reason, for people.
    pub detail: String,
    /// A name that is close to the one that was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// How much a tenant may have at once of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    UploadsInFlight,
    BytesInFlight,
    /// Bytes in flight count as stored: they are about to be.
    BytesStored,
    /// So do uploads in flight.
    UploadsStored,
}

impl FieldError {
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into(), suggestion: None }
    }

    /// Escapes the name of a field as a part of a pointer (RFC 6901).
    pub fn pointer_part(name: &str) -> String {
        name.replace('~', "~0").replace('/', "~1")
    }

    /// The same error, of a field inside the one at `base`.
    pub fn below(self, base: &str) -> Self {
        Self { pointer: format!("{base}{}", self.pointer), ..self }
    }
}

/// A failure of the system or of something it stands on.
pub struct Fault {
    doing: &'static str,
    source: Box<dyn StdError + Send + Sync>,
}

impl Fault {
    /// `doing` is a gerund in lower case: "storing the job".
    pub fn new(doing: &'static str, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { doing, source: source.into() }
    }

    /// The whole chain of causes on one line, for the log.
    pub fn chain(&self) -> String {
        let mut line = self.doing.to_owned();
        let mut cause: Option<&(dyn StdError + 'static)> = Some(self.source.as_ref());
        while let Some(error) = cause {
            line = format!("{line}: {error}");
            cause = error.source();
        }
        line
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.doing)
    }
}

/// Lambda's runtime logs a fault that a function returns in this form. The causes' own would show whole answers of AWS.
impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.chain())
    }
}

impl StdError for Fault {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.source.as_ref())
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Rejected> for Error {
    fn from(rejected: Rejected) -> Self {
        Self::Rejected(rejected)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejected) => write!(f, "the request was rejected: {rejected:?}"),
            Self::Fault(fault) => f.write_str(&fault.chain()),
        }
    }
}

impl StdError for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the SDK's errors do, it says more by `Debug` than it should.
    #[derive(Debug)]
    struct Answer {
        #[expect(dead_code, reason = "what `Debug` would show")]
        body: &'static str,
    }

    impl fmt::Display for Answer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("service error")
        }
    }

    impl StdError for Answer {}

    #[test]
    fn a_fault_shows_its_chain_of_causes_and_nothing_that_they_hold() {
        let fault = Fault::new("reading the upload", Answer { body: "passport.png" });
        assert_eq!(
            format!("{fault:?} {:?}", Error::Fault(Fault::new("a", "b"))),
            "reading the upload: service error Fault(a: b)"
        );
    }
}
