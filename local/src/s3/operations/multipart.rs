//! Objects that come in parts: an upload is created, its parts are put in any order, and it is completed or
//! aborted.

pub mod complete;
pub mod list;
pub mod part;

use s3s::dto::*;
use s3s::{S3Request, S3Result, s3_error};

use super::{Operations, write};
use crate::s3::checksum::{Algorithm, Kind};
use crate::s3::error::{Error, Result};
use crate::s3::store::objects::Head;
use crate::s3::store::uploads::Upload;
use crate::s3::store::{buckets, uploads};

pub async fn create(
    operations: &Operations,
    request: S3Request<CreateMultipartUploadInput>,
) -> Result<CreateMultipartUploadOutput> {
    let input = request.input;
    let checksum = checksum(input.checksum_algorithm.as_ref(), input.checksum_type.as_ref())?;
    let mut upload = Upload {
        id: 0,
        bucket: input.bucket,
        key: input.key,
        head: Head {
            content_type: input.content_type,
            content_encoding: input.content_encoding,
            content_disposition: input.content_disposition,
            content_language: input.content_language,
            cache_control: input.cache_control,
            metadata: write::metadata(input.metadata)?,
        },
        checksum,
        created_at: operations.clock.now(),
    };
    operations.store.change(|index, _| {
        buckets::require(index, &upload.bucket)?;
        Ok::<_, Error>(uploads::put(index, &mut upload)?)
    })?;
    Ok(CreateMultipartUploadOutput {
        upload_id: Some(upload.name()),
        bucket: Some(upload.bucket),
        key: Some(upload.key),
        checksum_algorithm: checksum.map(|(algorithm, _)| algorithm.to_dto()),
        checksum_type: checksum.map(|(_, kind)| kind.to_dto()),
        ..Default::default()
    })
}

pub async fn abort(
    operations: &Operations,
    request: S3Request<AbortMultipartUploadInput>,
) -> Result<AbortMultipartUploadOutput> {
    let input = request.input;
    operations.store.change(|index, unused| {
        let upload = uploads::require(index, &input.bucket, &input.key, &input.upload_id)?;
        unused.extend(uploads::parts(index, upload.id)?.iter().map(|part| part.blob));
        Ok::<_, Error>(uploads::remove(index, upload.id)?)
    })?;
    Ok(AbortMultipartUploadOutput::default())
}

/// How the object is to be checked. A digest cannot cover the whole of what comes in parts, and CRC64NVME
/// does nothing else.
fn checksum(
    algorithm: Option<&ChecksumAlgorithm>,
    kind: Option<&ChecksumType>,
) -> S3Result<Option<(Algorithm, Kind)>> {
    let Some(algorithm) = algorithm else { return Ok(None) };
    let algorithm: Algorithm = algorithm.as_str().parse()?;
    let kind = match kind.map(ChecksumType::as_str) {
        Some(ChecksumType::FULL_OBJECT) => Kind::FullObject,
        Some(ChecksumType::COMPOSITE) => Kind::Composite,
        _ if algorithm == Algorithm::Crc64Nvme => Kind::FullObject,
        _ => Kind::Composite,
    };
    match (algorithm, kind) {
        (Algorithm::Sha1 | Algorithm::Sha256, Kind::FullObject) | (Algorithm::Crc64Nvme, Kind::Composite) => {
            Err(s3_error!(
                InvalidRequest,
                "The {} checksum type cannot be used with the {} checksum algorithm.",
                kind.to_dto().as_str(),
                algorithm.name()
            ))
        }
        both => Ok(Some(both)),
    }
}
