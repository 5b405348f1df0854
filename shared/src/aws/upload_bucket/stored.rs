//! How much lies under a prefix: the bucket itself knows best.

use aws_sdk_s3::types::Object;

use super::UploadBucket;
use crate::aws::fault;
use crate::clock::Timestamp;
use crate::error::Fault;

/// Part of a listing, of a thousand keys at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPage {
    /// Size of all its objects together.
    pub bytes: i64,
    pub objects: i64,
    /// After which to go on; none after the last page.
    pub last_key: Option<String>,
}

impl UploadBucket {
    /// The next page of what was stored under `prefix` at `as_of` and still is.
    pub async fn stored_under(
        &self,
        prefix: &str,
        after: Option<String>,
        as_of: Timestamp,
    ) -> Result<StoredPage, Fault> {
        let list = self.client.list_objects_v2().bucket(&self.name).prefix(prefix).set_start_after(after);
        let page = list.send().await.map_err(fault("listing what is stored"))?;
        let objects = page.contents();
        // S3 tells whole seconds.
        let is_there = |object: &&Object| {
            object.last_modified().is_none_or(|modified| modified.secs() <= as_of.as_secs())
        };
        let sizes = objects.iter().filter(is_there).map(|object| object.size().unwrap_or(0));
        let (objects_there, bytes) =
            sizes.fold((0, 0), |(count, sum): (i64, i64), size| (count + 1, sum.saturating_add(size)));
        let last = objects.last().filter(|_| page.is_truncated() == Some(true));
        Ok(StoredPage {
            bytes,
            objects: objects_there,
            last_key: last.and_then(|last| last.key().map(str::to_owned)),
        })
    }
}
