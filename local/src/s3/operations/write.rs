//! Creating objects.

use std::collections::{BTreeMap, HashMap};

use ::http::Method;
use bytes::Bytes;
use rusqlite::Transaction;
use s3s::dto::*;
use s3s::{S3Request, S3Result, s3_error};

use super::{OBJECT_BYTES_MAX, Operations, body};
use crate::s3::checksum::{self, Checksum, checksum_fields, show_checksum};
use crate::s3::conditions::{ReadConditions, WriteConditions};
use crate::s3::date::date;
use crate::s3::error::Result;
use crate::s3::event::{self, Created};
use crate::s3::store::blobs::Blob;
use crate::s3::store::objects::{Head, Object};
use crate::s3::store::{buckets, notifications, objects};

/// S3's bounds, in bytes of UTF-8.
const KEY_BYTES_MAX: usize = 1024;
const METADATA_BYTES_MAX: usize = 2 * 1024;

/// Also what a form's upload becomes.
pub async fn put(operations: &Operations, mut request: S3Request<PutObjectInput>) -> Result<PutObjectOutput> {
    let event_name = if request.method == Method::POST { event::POST } else { event::PUT };
    let mut input = request.input;
    let content = body::read(input.body.take()).await?;
    let declared = checksum::declared(checksum_fields!(input), request.trailing_headers.take().as_ref())?;
    let new = NewObject {
        etag: checksum::etag(&content, input.content_md5.as_deref())?,
        checksum: Checksum::of(&content, declared.as_ref())?,
        content,
        conditions: WriteConditions { if_match: input.if_match, if_none_match: input.if_none_match },
        head: Head {
            content_type: input.content_type,
            content_encoding: input.content_encoding,
            content_disposition: input.content_disposition,
            content_language: input.content_language,
            cache_control: input.cache_control,
            metadata: metadata(input.metadata)?,
        },
        event_name,
    };
    let object = create(operations, &input.bucket, input.key, new)?;
    let mut output = PutObjectOutput { e_tag: Some(ETag::Strong(object.etag)), ..Default::default() };
    show_checksum!(output, object.checksum.as_ref());
    output.checksum_type = Some(ChecksumType::from_static(ChecksumType::FULL_OBJECT));
    Ok(output)
}

pub async fn copy(operations: &Operations, request: S3Request<CopyObjectInput>) -> Result<CopyObjectOutput> {
    let destination = WriteConditions::of_copy(&request.headers)?;
    let input = request.input;
    let conditions = ReadConditions {
        if_match: input.copy_source_if_match,
        if_none_match: input.copy_source_if_none_match,
        if_modified_since: input.copy_source_if_modified_since,
        if_unmodified_since: input.copy_source_if_unmodified_since,
    };
    let (source, content) = read_source(operations, &input.copy_source, &conditions, None)?;
    let replaces_head =
        input.metadata_directive.is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE);
    let head = if replaces_head {
        Head {
            content_type: input.content_type,
            content_encoding: input.content_encoding,
            content_disposition: input.content_disposition,
            content_language: input.content_language,
            cache_control: input.cache_control,
            metadata: metadata(input.metadata)?,
        }
    } else {
        source.head
    };
    let algorithm = match input.checksum_algorithm {
        Some(algorithm) => Some(algorithm.as_str().parse()?),
        None => source.checksum.map(|checksum| checksum.algorithm),
    };
    let new = NewObject {
        etag: checksum::etag(&content, None)?,
        checksum: match algorithm {
            Some(algorithm) => Checksum::full_object(algorithm, &content),
            None => Checksum::of(&content, None)?,
        },
        content,
        conditions: destination,
        head,
        event_name: event::COPY,
    };
    let object = create(operations, &input.bucket, input.key, new)?;
    let mut result = CopyObjectResult {
        e_tag: Some(ETag::Strong(object.etag)),
        last_modified: Some(date(object.modified_at)),
        ..Default::default()
    };
    show_checksum!(result, object.checksum.as_ref());
    Ok(CopyObjectOutput { copy_object_result: Some(result), ..Default::default() })
}

/// The object that a copy names and its bytes: all, or those of `bytes=first-last`.
pub fn read_source(
    operations: &Operations,
    source: &CopySource,
    conditions: &ReadConditions,
    range: Option<&str>,
) -> Result<(Object, Bytes)> {
    let CopySource::Bucket { bucket, key, .. } = source else {
        return Err(s3_error!(NotImplemented, "A copy has to name its source as bucket/key.").into());
    };
    operations.store.read(|index| {
        let object = objects::require(index, bucket, key)?;
        conditions.check(&object)?;
        let bytes = object.bytes();
        let range = match range.map(Range::parse) {
            None => 0..bytes,
            Some(Ok(range)) => range.check(bytes).map_err(s3s::S3Error::from)?,
            Some(Err(source)) => {
                return Err(s3_error!(source, InvalidArgument, "The range is malformed.").into());
            }
        };
        let content = operations.store.blobs.read(&object.content, range)?;
        Ok::<_, crate::s3::error::Error>((object, content))
    })
}

/// Puts the object into the index, and its notification with it. The content of the one before is put on `unused`.
pub fn put_into_index(
    index: &Transaction,
    unused: &mut Vec<Blob>,
    bucket: &str,
    object: &Object,
    conditions: &WriteConditions,
    event_name: &str,
) -> Result<()> {
    let settings = buckets::require(index, bucket)?;
    let before = objects::find(index, bucket, &object.key)?;
    conditions.check(before.as_ref())?;
    objects::put(index, bucket, object)?;
    unused.extend(before.into_iter().flat_map(|before| before.content));
    if settings.notification_prefixes.iter().any(|prefix| object.key.starts_with(prefix)) {
        let created = Created {
            bucket: bucket.to_owned(),
            key: object.key.clone(),
            event_name: event_name.to_owned(),
            bytes: object.bytes(),
            etag: object.etag.clone(),
            at: object.modified_at,
        };
        notifications::put(index, &created)?;
    }
    Ok(())
}

/// Checks the size of what a client says of its object.
pub fn metadata(metadata: Option<Metadata>) -> S3Result<BTreeMap<String, String>> {
    let metadata: HashMap<String, String> = metadata.unwrap_or_default();
    let bytes: usize = metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > METADATA_BYTES_MAX {
        return Err(s3_error!(
            MetadataTooLarge,
            "Your metadata headers exceed the maximum allowed metadata size of {METADATA_BYTES_MAX} bytes."
        ));
    }
    Ok(metadata.into_iter().collect())
}

struct NewObject {
    content: Bytes,
    etag: String,
    checksum: Checksum,
    head: Head,
    conditions: WriteConditions,
    event_name: &'static str,
}

fn create(operations: &Operations, bucket: &str, key: String, new: NewObject) -> Result<Object> {
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        return Err(s3_error!(KeyTooLongError, "A key has 1 to {KEY_BYTES_MAX} bytes.").into());
    }
    if new.content.len() as u64 > OBJECT_BYTES_MAX {
        return Err(s3_error!(EntityTooLarge, "An object has at most {OBJECT_BYTES_MAX} bytes.").into());
    }
    let store = &operations.store;
    let object = Object {
        key,
        content: vec![store.blobs.write(new.content)?],
        etag: new.etag,
        checksum: Some(new.checksum),
        head: new.head,
        modified_at: operations.clock.now(),
    };
    store.change_with(&object.content, |index, unused| {
        put_into_index(index, unused, bucket, &object, &new.conditions, new.event_name)
    })?;
    store.notify();
    Ok(object)
}
