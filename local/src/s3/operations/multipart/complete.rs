//! Completing an upload: its parts become an object.

use s3s::dto::*;
use s3s::{S3Request, S3Result, s3_error};

use crate::s3::checksum::{self, Checksum, Kind, checksum_fields, show_checksum};
use crate::s3::conditions::WriteConditions;
use crate::s3::error::{Error, Result};
use crate::s3::event;
use crate::s3::operations::{OBJECT_BYTES_MAX, Operations, write};
use crate::s3::store::blobs::{Blob, Blobs};
use crate::s3::store::objects::Object;
use crate::s3::store::uploads::{self, Part, Upload};

/// Least size of every part but the last.
const PART_BYTES_MIN: u64 = 5 * 1024 * 1024;

/// In one transaction the object takes over the blobs of its parts, and the upload is gone. A repeat gets
/// `NoSuchUpload`.
pub async fn complete(
    operations: &Operations,
    request: S3Request<CompleteMultipartUploadInput>,
) -> Result<CompleteMultipartUploadOutput> {
    let mut input = request.input;
    let declared = checksum::declared(checksum_fields!(input), None)?;
    let named = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
    let conditions = WriteConditions { if_match: input.if_match, if_none_match: input.if_none_match };
    let store = &operations.store;
    let object = store.change(|index, unused| {
        let upload = uploads::require(index, &input.bucket, &input.key, &input.upload_id)?;
        let kept = uploads::parts(index, upload.id)?;
        let chosen = choose(&kept, named)?;
        let content: Vec<Blob> = chosen.iter().map(|part| part.blob).collect();
        check_size(&content, input.mpu_object_size)?;
        let object = Object {
            checksum: checksum(&upload, &chosen, &store.blobs)?,
            etag: checksum::multipart_etag(chosen.iter().map(|part| part.etag.as_str())),
            content,
            key: upload.key,
            head: upload.head,
            modified_at: operations.clock.now(),
        };
        check_declared(declared.as_ref(), object.checksum.as_ref())?;
        unused.extend(kept.iter().map(|part| part.blob).filter(|blob| !object.content.contains(blob)));
        uploads::remove(index, upload.id)?;
        let event_name = event::COMPLETE_MULTIPART_UPLOAD;
        write::put_into_index(index, unused, &input.bucket, &object, &conditions, event_name)?;
        Ok::<_, Error>(object)
    })?;
    store.notify();

    let mut output = CompleteMultipartUploadOutput {
        location: Some(format!("/{}/{}", input.bucket, event::encode_key(&object.key))),
        bucket: Some(input.bucket),
        key: Some(object.key),
        e_tag: Some(ETag::Strong(object.etag)),
        checksum_type: object.checksum.as_ref().map(|checksum| checksum.kind.to_dto()),
        ..Default::default()
    };
    show_checksum!(output, object.checksum.as_ref());
    Ok(output)
}

/// The parts that the client names, which have to be there as it knows them.
fn choose(kept: &[Part], named: Vec<CompletedPart>) -> S3Result<Vec<&Part>> {
    if named.is_empty() {
        return Err(s3_error!(MalformedXML, "You must specify at least one part"));
    }
    if !named.is_sorted_by(|before, after| before.part_number < after.part_number) {
        return Err(s3_error!(
            InvalidPartOrder,
            "The list of parts was not in ascending order. Parts must be ordered by part number."
        ));
    }
    let chosen = named.into_iter().map(|named| find(kept, named)).collect::<S3Result<Vec<_>>>()?;
    let (_, all_but_last) = chosen.split_last().expect("a part was named");
    if let Some(part) = all_but_last.iter().find(|part| part.blob.bytes < PART_BYTES_MIN) {
        return Err(s3_error!(
            EntityTooSmall,
            "Your proposed upload is smaller than the minimum allowed size: part {} has {} bytes, of at least {}.",
            part.number,
            part.blob.bytes,
            PART_BYTES_MIN
        ));
    }
    Ok(chosen)
}

fn find(kept: &[Part], mut named: CompletedPart) -> S3Result<&Part> {
    let declared = checksum::declared(checksum_fields!(named), None)?;
    let part = kept.iter().find(|part| Some(part.number) == named.part_number);
    part.filter(|part| named.e_tag.as_ref().is_some_and(|etag| etag.value() == part.etag))
        .filter(|part| declared.is_none() || declared == part.checksum)
        .ok_or_else(|| {
            s3_error!(
                InvalidPart,
                "One or more of the specified parts could not be found. The part may not have been uploaded, or the \
                 specified entity tag may not match the part's entity tag."
            )
        })
}

fn check_size(content: &[Blob], declared: Option<i64>) -> S3Result<()> {
    let bytes: u64 = content.iter().map(|blob| blob.bytes).sum();
    if bytes > OBJECT_BYTES_MAX {
        return Err(s3_error!(EntityTooLarge, "An object has at most {OBJECT_BYTES_MAX} bytes."));
    }
    if declared.is_some_and(|declared| u64::try_from(declared) != Ok(bytes)) {
        return Err(s3_error!(
            InvalidRequest,
            "The provided 'x-amz-mp-object-size' header value does not match what was computed."
        ));
    }
    Ok(())
}

fn checksum(upload: &Upload, parts: &[&Part], blobs: &Blobs) -> Result<Option<Checksum>> {
    Ok(match upload.checksum {
        None => None,
        Some((algorithm, Kind::Composite)) => {
            Checksum::composite(algorithm, parts.iter().map(|part| part.checksum.as_ref()))
        }
        Some((algorithm, Kind::FullObject)) => {
            let content: Vec<Blob> = parts.iter().map(|part| part.blob).collect();
            let bytes = content.iter().map(|blob| blob.bytes).sum();
            Some(Checksum::full_object(algorithm, &blobs.read(&content, 0..bytes)?))
        }
    })
}

/// A client may say what the object's checksum has to be, with or without the number of parts.
fn check_declared(declared: Option<&Checksum>, computed: Option<&Checksum>) -> S3Result<()> {
    let (Some(declared), Some(computed)) = (declared, computed) else { return Ok(()) };
    let matches = computed.algorithm == declared.algorithm
        && (computed.value == declared.value
            || computed.value.split('-').next() == Some(declared.value.as_str()));
    if matches {
        return Ok(());
    }
    Err(s3_error!(
        BadDigest,
        "The {} you specified did not match the calculated checksum.",
        declared.algorithm.name()
    ))
}
