//! Which signatures are taken.

use s3s::{S3Error, s3_error};

/// AWS takes Signature Version 2 from no bucket made after June 2020. It would also carry its dates past the checks of
/// [`admission`](super::admission).
pub fn version_2_refused() -> S3Error {
    s3_error!(
        InvalidRequest,
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
    )
}
