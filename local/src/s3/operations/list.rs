//! Listing the objects of a bucket, in the order of their keys.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rusqlite::Connection;
use s3s::dto::*;
use s3s::{S3Request, S3Result, s3_error};

use super::Operations;
use crate::s3::date::date;
use crate::s3::error::{Error, Result};
use crate::s3::event::encode_key;
use crate::s3::store::{buckets, objects};

const KEYS_MAX: i32 = 1000;

pub async fn version_2(
    operations: &Operations,
    request: S3Request<ListObjectsV2Input>,
) -> Result<ListObjectsV2Output> {
    let input = request.input;
    let max_keys = max_keys(input.max_keys)?;
    let query = Query {
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty()),
        after_key: input.start_after.as_deref().unwrap_or_default(),
        after_entry: &input.continuation_token.as_deref().map(decode_token).transpose()?.unwrap_or_default(),
        max_keys: max_keys as usize,
    };
    let page = operations.store.read(|index| read_page(index, &input.bucket, &query))?;
    let spell = spelling(input.encoding_type.as_ref());
    Ok(ListObjectsV2Output {
        key_count: Some((page.objects.len() + page.common_prefixes.len()) as i32),
        contents: Some(page.objects.into_iter().map(|object| show(object, spell)).collect()),
        common_prefixes: Some(page.common_prefixes.iter().map(|prefix| show_prefix(prefix, spell)).collect()),
        is_truncated: Some(page.next.is_some()),
        next_continuation_token: page.next.map(|entry| BASE64.encode(entry)),
        max_keys: Some(max_keys),
        name: Some(input.bucket),
        prefix: Some(spell(input.prefix.as_deref().unwrap_or_default())),
        delimiter: input.delimiter.as_deref().map(spell),
        start_after: input.start_after.as_deref().map(spell),
        continuation_token: input.continuation_token,
        encoding_type: input.encoding_type,
        ..Default::default()
    })
}

/// The older form of the same list, which older tools still ask for.
pub async fn version_1(
    operations: &Operations,
    request: S3Request<ListObjectsInput>,
) -> Result<ListObjectsOutput> {
    let input = request.input;
    let max_keys = max_keys(input.max_keys)?;
    let marker = input.marker.as_deref().unwrap_or_default();
    let query = Query {
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty()),
        after_key: marker,
        after_entry: marker,
        max_keys: max_keys as usize,
    };
    let page = operations.store.read(|index| read_page(index, &input.bucket, &query))?;
    let spell = spelling(input.encoding_type.as_ref());
    Ok(ListObjectsOutput {
        contents: Some(page.objects.into_iter().map(|object| show(object, spell)).collect()),
        common_prefixes: Some(page.common_prefixes.iter().map(|prefix| show_prefix(prefix, spell)).collect()),
        is_truncated: Some(page.next.is_some()),
        next_marker: page.next.as_deref().map(spell),
        max_keys: Some(max_keys),
        name: Some(input.bucket),
        prefix: Some(spell(input.prefix.as_deref().unwrap_or_default())),
        marker: Some(spell(marker)),
        delimiter: input.delimiter.as_deref().map(spell),
        encoding_type: input.encoding_type,
        ..Default::default()
    })
}

struct Query<'a> {
    prefix: &'a str,
    delimiter: Option<&'a str>,
    after_key: &'a str,
    /// The last entry of the page before: a key, or what several keys have in common.
    after_entry: &'a str,
    max_keys: usize,
}

#[derive(Default)]
struct Page {
    objects: Vec<objects::Object>,
    common_prefixes: Vec<String>,
    /// The last entry, if there are more.
    next: Option<String>,
}

fn read_page(index: &Connection, bucket: &str, query: &Query) -> Result<Page> {
    buckets::require(index, bucket)?;
    let mut page = Page::default();
    if query.max_keys == 0 {
        return Ok(page);
    }
    let mut last = query.after_entry.to_owned();
    let mut count = 0;
    let from = query.prefix.max(query.after_key).max(query.after_entry);
    objects::visit(index, bucket, from, |object| {
        let Some(rest) = object.key.strip_prefix(query.prefix) else { return false };
        let common = query.delimiter.and_then(|delimiter| Some((rest.find(delimiter)?, delimiter)));
        let common = common.map(|(at, delimiter)| &object.key[..query.prefix.len() + at + delimiter.len()]);
        let entry = common.unwrap_or(&object.key);
        if object.key.as_str() <= query.after_key || entry <= last.as_str() {
            return true;
        }
        if count == query.max_keys {
            page.next = Some(last.clone());
            return false;
        }
        count += 1;
        last = entry.to_owned();
        match common {
            Some(common) => page.common_prefixes.push(common.to_owned()),
            None => page.objects.push(object),
        }
        true
    })?;
    Ok::<_, Error>(page)
}

fn max_keys(asked: Option<i32>) -> S3Result<i32> {
    match asked.unwrap_or(KEYS_MAX) {
        negative @ ..0 => Err(s3_error!(InvalidArgument, "max-keys may not be {negative}.")),
        asked => Ok(asked.min(KEYS_MAX)),
    }
}

fn decode_token(token: &str) -> S3Result<String> {
    let entry = BASE64.decode(token).ok().and_then(|entry| String::from_utf8(entry).ok());
    entry.ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
}

/// How keys are to be spelled in a list: as they are, or encoded.
fn spelling(encoding_type: Option<&EncodingType>) -> fn(&str) -> String {
    match encoding_type {
        Some(encoding) if encoding.as_str() == EncodingType::URL => encode_key,
        _ => str::to_owned,
    }
}

fn show(object: objects::Object, spell: fn(&str) -> String) -> Object {
    Object {
        key: Some(spell(&object.key)),
        size: Some(object.bytes() as i64),
        last_modified: Some(date(object.modified_at)),
        checksum_algorithm: object.checksum.map(|checksum| vec![checksum.algorithm.to_dto()]),
        e_tag: Some(ETag::Strong(object.etag)),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
        ..Default::default()
    }
}

fn show_prefix(prefix: &str, spell: fn(&str) -> String) -> CommonPrefix {
    CommonPrefix { prefix: Some(spell(prefix)) }
}
