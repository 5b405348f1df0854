//! Doing several things at once, but not too many.

use futures_util::future::BoxFuture;
use futures_util::{StreamExt, stream};

/// Waits for all, at most `limit` at a time. The outcomes are in no order.
///
/// The futures come boxed and in a `Vec`, because the compiler cannot prove of a lazy iterator of them that it may be
/// sent to another thread.
pub async fn all<T>(limit: usize, futures: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    stream::iter(futures).buffer_unordered(limit).collect().await
}
