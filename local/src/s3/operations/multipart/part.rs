//! Putting the parts of an upload.

use bytes::Bytes;
use s3s::dto::*;
use s3s::{S3Request, S3Result, s3_error};

use crate::s3::checksum::{self, Checksum, checksum_fields, show_checksum};
use crate::s3::conditions::ReadConditions;
use crate::s3::date::date;
use crate::s3::error::{Error, Result};
use crate::s3::operations::{Operations, body, write};
use crate::s3::store::uploads::{self, Part, Upload};

const PART_NUMBER_MAX: i32 = 10_000;

pub async fn put(
    operations: &Operations,
    mut request: S3Request<UploadPartInput>,
) -> Result<UploadPartOutput> {
    let mut input = request.input;
    check_number(input.part_number)?;
    let content = body::read(input.body.take()).await?;
    let declared = checksum::declared(checksum_fields!(input), request.trailing_headers.take().as_ref())?;
    let etag = checksum::etag(&content, input.content_md5.as_deref())?;
    let upload = operations
        .store
        .read(|index| uploads::require(index, &input.bucket, &input.key, &input.upload_id))?;
    check_algorithm(&upload, declared.as_ref())?;
    let checksum = declared.map(|declared| Checksum::of(&content, Some(&declared))).transpose()?;

    let part = keep(operations, &upload, input.part_number, content, etag, checksum)?;
    let mut output = UploadPartOutput { e_tag: Some(ETag::Strong(part.etag)), ..Default::default() };
    show_checksum!(output, part.checksum.as_ref());
    Ok(output)
}

/// Puts bytes of an object as a part.
pub async fn copy(
    operations: &Operations,
    request: S3Request<UploadPartCopyInput>,
) -> Result<UploadPartCopyOutput> {
    let input = request.input;
    check_number(input.part_number)?;
    let upload = operations
        .store
        .read(|index| uploads::require(index, &input.bucket, &input.key, &input.upload_id))?;
    let conditions = ReadConditions {
        if_match: input.copy_source_if_match,
        if_none_match: input.copy_source_if_none_match,
        if_modified_since: input.copy_source_if_modified_since,
        if_unmodified_since: input.copy_source_if_unmodified_since,
    };
    let range = input.copy_source_range.as_deref();
    let (_, content) = write::read_source(operations, &input.copy_source, &conditions, range)?;
    let etag = checksum::etag(&content, None)?;
    let checksum = upload.checksum.map(|(algorithm, _)| Checksum::full_object(algorithm, &content));

    let part = keep(operations, &upload, input.part_number, content, etag, checksum)?;
    let mut result = CopyPartResult {
        e_tag: Some(ETag::Strong(part.etag)),
        last_modified: Some(date(part.modified_at)),
        ..Default::default()
    };
    show_checksum!(result, part.checksum.as_ref());
    Ok(UploadPartCopyOutput { copy_part_result: Some(result), ..Default::default() })
}

/// Keeps the part, unless its upload has ended meanwhile.
fn keep(
    operations: &Operations,
    upload: &Upload,
    number: i32,
    content: Bytes,
    etag: String,
    checksum: Option<Checksum>,
) -> Result<Part> {
    let store = &operations.store;
    let blob = store.blobs.write(content)?;
    let part = Part { number, blob, etag, checksum, modified_at: operations.clock.now() };
    store.change_with(&[blob], |index, unused| {
        uploads::require(index, &upload.bucket, &upload.key, &upload.name())?;
        let before = uploads::parts(index, upload.id)?.into_iter().find(|before| before.number == number);
        unused.extend(before.map(|before| before.blob));
        Ok::<_, Error>(uploads::put_part(index, upload.id, &part)?)
    })?;
    Ok(part)
}

fn check_number(number: i32) -> S3Result<()> {
    if (1..=PART_NUMBER_MAX).contains(&number) {
        return Ok(());
    }
    Err(s3_error!(
        InvalidArgument,
        "Part number must be an integer between 1 and {PART_NUMBER_MAX}, inclusive"
    ))
}

/// An upload that was created with a checksum algorithm takes parts with such a checksum alone.
fn check_algorithm(upload: &Upload, declared: Option<&Checksum>) -> S3Result<()> {
    let Some((expected, _)) = upload.checksum else { return Ok(()) };
    let actual = declared.map(|declared| declared.algorithm);
    if actual == Some(expected) {
        return Ok(());
    }
    Err(s3_error!(
        InvalidRequest,
        "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
        expected.name().to_ascii_lowercase(),
        actual.map_or("null".to_owned(), |actual| actual.name().to_ascii_lowercase())
    ))
}
