//! The operations on buckets. They are made from the template, not by a request.

use s3s::S3Request;
use s3s::dto::*;

use super::Operations;
use crate::s3::REGION;
use crate::s3::date::date;
use crate::s3::error::Result;
use crate::s3::store::buckets;

pub async fn list(operations: &Operations, _: S3Request<ListBucketsInput>) -> Result<ListBucketsOutput> {
    let buckets = operations.store.read(buckets::list)?;
    let show = |(name, created_at)| Bucket {
        name: Some(name),
        creation_date: Some(date(created_at)),
        ..Default::default()
    };
    Ok(ListBucketsOutput { buckets: Some(buckets.into_iter().map(show).collect()), ..Default::default() })
}

pub async fn head(operations: &Operations, request: S3Request<HeadBucketInput>) -> Result<HeadBucketOutput> {
    operations.store.read(|index| buckets::require(index, &request.input.bucket))?;
    Ok(HeadBucketOutput { bucket_region: Some(REGION.to_owned()), ..Default::default() })
}

/// Answers with no constraint, which is how S3 names `us-east-1`.
pub async fn location(
    operations: &Operations,
    request: S3Request<GetBucketLocationInput>,
) -> Result<GetBucketLocationOutput> {
    operations.store.read(|index| buckets::require(index, &request.input.bucket))?;
    Ok(GetBucketLocationOutput::default())
}
