//! Reading objects.

use s3s::dto::*;
use s3s::{Body, S3Request, s3_error};

use super::Operations;
use crate::s3::checksum::show_checksum;
use crate::s3::conditions::ReadConditions;
use crate::s3::date::date;
use crate::s3::error::{Error, Result};
use crate::s3::store::objects::{self, Head, Object};

/// The content type of an object that came without one, as in S3.
const CONTENT_TYPE_DEFAULT: &str = "binary/octet-stream";

/// Puts what is known of an object into the fields that the outputs of a GET and a HEAD share.
macro_rules! describe {
    ($output:expr, $object:expr, $shows_checksum:expr) => {
        let Object { etag, checksum, head, modified_at, .. } = $object;
        let Head {
            content_type,
            content_encoding,
            content_disposition,
            content_language,
            cache_control,
            metadata,
        } = head;
        $output.accept_ranges = Some("bytes".to_owned());
        $output.e_tag = Some(ETag::Strong(etag));
        $output.last_modified = Some(date(modified_at));
        $output.content_type = Some(content_type.unwrap_or_else(|| CONTENT_TYPE_DEFAULT.to_owned()));
        $output.content_encoding = content_encoding;
        $output.content_disposition = content_disposition;
        $output.content_language = content_language;
        $output.cache_control = cache_control;
        $output.metadata = Some(metadata.into_iter().collect());
        if let Some(checksum) = checksum.filter(|_| $shows_checksum) {
            $output.checksum_type = Some(checksum.kind.to_dto());
            show_checksum!($output, Some(&checksum));
        }
    };
}

pub async fn get(operations: &Operations, request: S3Request<GetObjectInput>) -> Result<GetObjectOutput> {
    let input = request.input;
    refuse_part_number(input.part_number)?;
    let conditions = ReadConditions {
        if_match: input.if_match,
        if_none_match: input.if_none_match,
        if_modified_since: input.if_modified_since,
        if_unmodified_since: input.if_unmodified_since,
    };
    let store = &operations.store;
    let (object, range, content) = store.read(|index| {
        let object = objects::require(index, &input.bucket, &input.key)?;
        conditions.check(&object)?;
        let range = match input.range {
            Some(range) => range.check(object.bytes()).map_err(s3s::S3Error::from)?,
            None => 0..object.bytes(),
        };
        let content = store.blobs.read(&object.content, range.clone())?;
        Ok::<_, Error>((object, range, content))
    })?;

    let is_partial = input.range.is_some();
    let total = object.bytes();
    let shows_checksum = !is_partial && is_enabled(input.checksum_mode.as_ref());
    let mut output = GetObjectOutput {
        content_length: Some(content.len() as i64),
        content_range: is_partial.then(|| format!("bytes {}-{}/{total}", range.start, range.end - 1)),
        body: Some(StreamingBlob::from(Body::from(content))),
        ..Default::default()
    };
    describe!(output, object, shows_checksum);
    Ok(output)
}

pub async fn head(operations: &Operations, request: S3Request<HeadObjectInput>) -> Result<HeadObjectOutput> {
    let input = request.input;
    refuse_part_number(input.part_number)?;
    let conditions = ReadConditions {
        if_match: input.if_match,
        if_none_match: input.if_none_match,
        if_modified_since: input.if_modified_since,
        if_unmodified_since: input.if_unmodified_since,
    };
    let object = operations.store.read(|index| {
        let object = objects::require(index, &input.bucket, &input.key)?;
        conditions.check(&object)?;
        Ok::<_, Error>(object)
    })?;

    let shows_checksum = is_enabled(input.checksum_mode.as_ref());
    let mut output = HeadObjectOutput { content_length: Some(object.bytes() as i64), ..Default::default() };
    describe!(output, object, shows_checksum);
    Ok(output)
}

fn is_enabled(mode: Option<&ChecksumMode>) -> bool {
    mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED)
}

/// A part's bytes are not told apart once the object is complete.
fn refuse_part_number(part_number: Option<PartNumber>) -> Result<()> {
    match part_number {
        Some(_) => Err(s3_error!(NotImplemented, "A single part of an object cannot be read here.").into()),
        None => Ok(()),
    }
}
