//! The bytes that come with a request.

use bytes::Bytes;
use futures_util::TryStreamExt;
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3ErrorCode, S3Result, StdError, s3_error};

/// Reads the whole body, which checks what the signature says of it. Trailers are known only afterwards.
pub async fn read(body: Option<StreamingBlob>) -> S3Result<Bytes> {
    let Some(body) = body else { return Ok(Bytes::new()) };
    let mut pieces: Vec<Bytes> = body.try_collect().await.map_err(rejection)?;
    Ok(if pieces.len() == 1 { pieces.remove(0) } else { pieces.concat().into() })
}

/// The body is in memory, so it is the client's fault if it cannot be read. `s3s` keeps the types of these
/// errors to itself; their words are all there is to go by.
fn rejection(source: StdError) -> S3Error {
    let words = source.to_string();
    let mut rejection = if words.contains("Sha256Mismatch") {
        let mut mismatch = S3Error::with_message(
            S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into()),
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        );
        mismatch.set_status_code(::http::StatusCode::BAD_REQUEST);
        mismatch
    } else if words.contains("SignatureMismatch") {
        s3_error!(SignatureDoesNotMatch, "The signature of a chunk does not match.")
    } else {
        s3_error!(IncompleteBody, "The body is not what its headers say.")
    };
    rejection.set_source(source);
    rejection
}
