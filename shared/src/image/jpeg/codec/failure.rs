/// Why a file is not decoded.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// It may be right, in a coding that libjpeg does not decode.
    Unsupported(&'static str),
    /// Pixels are missing.
    Truncated,
    Corrupt(&'static str),
}
