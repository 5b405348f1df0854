//! Deleting objects. One that is not there counts as deleted.

use s3s::dto::*;
use s3s::{S3Request, s3_error};

use super::Operations;
use crate::s3::conditions::WriteConditions;
use crate::s3::error::{Error, Result};
use crate::s3::store::{buckets, objects};

const KEYS_MAX: usize = 1000;

pub async fn one(
    operations: &Operations,
    request: S3Request<DeleteObjectInput>,
) -> Result<DeleteObjectOutput> {
    let input = request.input;
    let conditions = WriteConditions { if_match: input.if_match, ..Default::default() };
    operations.store.change(|index, unused| {
        buckets::require(index, &input.bucket)?;
        let object = objects::find(index, &input.bucket, &input.key)?;
        conditions.check(object.as_ref())?;
        objects::remove(index, &input.bucket, &input.key)?;
        unused.extend(object.into_iter().flat_map(|object| object.content));
        Ok::<_, Error>(())
    })?;
    Ok(DeleteObjectOutput::default())
}

/// Deletes all in one transaction, so none fails alone.
pub async fn many(
    operations: &Operations,
    request: S3Request<DeleteObjectsInput>,
) -> Result<DeleteObjectsOutput> {
    let DeleteObjectsInput { bucket, delete, .. } = request.input;
    if delete.objects.is_empty() || delete.objects.len() > KEYS_MAX {
        return Err(s3_error!(MalformedXML, "A request deletes 1 to {KEYS_MAX} objects.").into());
    }
    operations.store.change(|index, unused| {
        buckets::require(index, &bucket)?;
        for named in &delete.objects {
            let object = objects::find(index, &bucket, &named.key)?;
            objects::remove(index, &bucket, &named.key)?;
            unused.extend(object.into_iter().flat_map(|object| object.content));
        }
        Ok::<_, Error>(())
    })?;
    let show = |named: ObjectIdentifier| DeletedObject { key: Some(named.key), ..Default::default() };
    let deleted = match delete.quiet {
        Some(true) => None,
        _ => Some(delete.objects.into_iter().map(show).collect()),
    };
    Ok(DeleteObjectsOutput { deleted, ..Default::default() })
}
