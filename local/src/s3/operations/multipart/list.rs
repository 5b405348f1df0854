//! Listing uploads in progress and their parts.

use s3s::S3Request;
use s3s::dto;
use s3s::dto::{ListMultipartUploadsInput, ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput};

use crate::s3::checksum::show_checksum;
use crate::s3::date::date;
use crate::s3::error::{Error, Result};
use crate::s3::event::encode_key;
use crate::s3::operations::Operations;
use crate::s3::store::uploads::{Part, Upload};
use crate::s3::store::{buckets, uploads};

const ENTRIES_MAX: i32 = 1000;

pub async fn parts(operations: &Operations, request: S3Request<ListPartsInput>) -> Result<ListPartsOutput> {
    let input = request.input;
    let (upload, mut parts) = operations.store.read(|index| {
        let upload = uploads::require(index, &input.bucket, &input.key, &input.upload_id)?;
        let parts = uploads::parts(index, upload.id)?;
        Ok::<_, Error>((upload, parts))
    })?;
    let max_parts = entries_max(input.max_parts);
    let marker = input.part_number_marker.unwrap_or(0);
    parts.retain(|part| part.number > marker);
    let is_truncated = parts.len() > max_parts;
    parts.truncate(max_parts);
    Ok(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        part_number_marker: Some(marker),
        next_part_number_marker: parts.last().filter(|_| is_truncated).map(|part| part.number),
        max_parts: Some(max_parts as i32),
        is_truncated: Some(is_truncated),
        checksum_algorithm: upload.checksum.map(|(algorithm, _)| algorithm.to_dto()),
        checksum_type: upload.checksum.map(|(_, kind)| kind.to_dto()),
        parts: Some(parts.into_iter().map(show_part).collect()),
        ..Default::default()
    })
}

/// Without a delimiter, which nobody here asks for.
pub async fn uploads(
    operations: &Operations,
    request: S3Request<ListMultipartUploadsInput>,
) -> Result<ListMultipartUploadsOutput> {
    let input = request.input;
    let mut uploads = operations.store.read(|index| {
        buckets::require(index, &input.bucket)?;
        Ok::<_, Error>(uploads::list(index, &input.bucket)?)
    })?;
    let max_uploads = entries_max(input.max_uploads);
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let key_marker = input.key_marker.as_deref().unwrap_or_default();
    let upload_marker = input.upload_id_marker.as_deref().unwrap_or_default();
    uploads.retain(|upload| {
        let is_later_of_key =
            !upload_marker.is_empty() && upload.key == key_marker && upload.name().as_str() > upload_marker;
        upload.key.starts_with(prefix) && (upload.key.as_str() > key_marker || is_later_of_key)
    });
    let is_truncated = uploads.len() > max_uploads;
    uploads.truncate(max_uploads);
    let last = uploads.last().filter(|_| is_truncated);
    let encodes = input.encoding_type.is_some();
    let spell = |key: &str| if encodes { encode_key(key) } else { key.to_owned() };
    Ok(ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        prefix: input.prefix.as_deref().map(spell),
        key_marker: input.key_marker.as_deref().map(spell),
        upload_id_marker: input.upload_id_marker.clone(),
        next_key_marker: last.map(|upload| spell(&upload.key)),
        next_upload_id_marker: last.map(Upload::name),
        max_uploads: Some(max_uploads as i32),
        is_truncated: Some(is_truncated),
        encoding_type: input.encoding_type,
        uploads: Some(uploads.iter().map(|upload| show_upload(upload, spell(&upload.key))).collect()),
        ..Default::default()
    })
}

fn entries_max(asked: Option<i32>) -> usize {
    asked.unwrap_or(ENTRIES_MAX).clamp(0, ENTRIES_MAX) as usize
}

fn show_part(part: Part) -> dto::Part {
    let mut shown = dto::Part {
        part_number: Some(part.number),
        size: Some(part.blob.bytes as i64),
        e_tag: Some(dto::ETag::Strong(part.etag)),
        last_modified: Some(date(part.modified_at)),
        ..Default::default()
    };
    show_checksum!(shown, part.checksum.as_ref());
    shown
}

fn show_upload(upload: &Upload, key: String) -> dto::MultipartUpload {
    dto::MultipartUpload {
        key: Some(key),
        upload_id: Some(upload.name()),
        initiated: Some(date(upload.created_at)),
        checksum_algorithm: upload.checksum.map(|(algorithm, _)| algorithm.to_dto()),
        checksum_type: upload.checksum.map(|(_, kind)| kind.to_dto()),
        ..Default::default()
    }
}
