//! Errors of hyper, as those of a call.

use super::error::Error;
use super::tls;

/// The failure of a body that has begun.
pub fn body_failure(host: &str, error: hyper::Error) -> Error {
    let kind = cause::<std::io::Error>(&error).map(std::io::Error::kind);
    match (of_beneath(host, error), kind) {
        (Ok(beneath), _) => beneath,
        (Err(error), Some(std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput)) => {
            Error::Protocol { source: error.into() }
        }
        (Err(error), _) => Error::BodyCutOff { source: error.into() },
    }
}

/// A failure of the caller's own body, or of TLS.
pub fn of_beneath(host: &str, error: hyper::Error) -> Result<Error, hyper::Error> {
    if error.is_user() {
        return Ok(Error::RequestBodyFailed { source: error.into() });
    }
    match cause::<std::io::Error>(&error).and_then(tls::cause).cloned() {
        Some(of_tls) => Ok(tls::failure(host, std::io::Error::other(of_tls))),
        None => Err(error),
    }
}

fn cause<E: std::error::Error + 'static>(error: &hyper::Error) -> Option<&E> {
    std::error::Error::source(error).and_then(|source| source.downcast_ref())
}
