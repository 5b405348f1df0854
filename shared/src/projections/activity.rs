//! How many jobs ended in each hour, and how ([`crate::activity`]).

use std::collections::BTreeMap;

use futures_util::StreamExt;

use crate::activity::{Change, hour_of};
use crate::app::App;
use crate::aws::table::PutHour;
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::tenant::Tenant;

/// So many hours are counted at once.
const HOURS_AT_ONCE: usize = 16;

/// An hour is tried again this often while other shards' batches are counted in it.
const TRIES_MAX: usize = 10;

/// Counts changes in the hours in which they were made, one read and one write for each tenant and hour. Returns how many
/// rows it wrote.
///
/// A write holds counts and the names of the records in them, and is conditional on the row's being as it was read. So
/// what comes again is known, and no two writers overlook each other. One hour's write that fails holds up no other's,
/// and makes the batch come again.
pub async fn count(app: &App, changes: Vec<Change>) -> Result<u64, Fault> {
    let mut by_hour: BTreeMap<(Tenant, Timestamp), Vec<Change>> = BTreeMap::new();
    for change in changes {
        by_hour.entry((change.tenant.clone(), hour_of(change.at))).or_default().push(change);
    }
    let counts = by_hour.into_iter().map(|((tenant, began_at), changes)| async move {
        count_hour(app, &tenant, began_at, &changes).await
    });
    let counted: Vec<Result<bool, Fault>> =
        futures_util::stream::iter(counts).buffer_unordered(HOURS_AT_ONCE).collect().await;
    counted.into_iter().map(|counted| counted.map(u64::from)).sum()
}

/// Whether there was anything to count.
async fn count_hour(
    app: &App,
    tenant: &Tenant,
    began_at: Timestamp,
    changes: &[Change],
) -> Result<bool, Fault> {
    let mut seen = app.table.hour_of_activity(tenant, began_at).await?;
    for _ in 0..TRIES_MAX {
        let Some(next) = seen.with(changes) else { return Ok(false) };
        match app.table.put_hour_of_activity(tenant, began_at, &next).await? {
            PutHour::Made => return Ok(true),
            PutHour::Overtaken(hour) => seen = hour,
        }
    }
    Err(Fault::new("counting activity", "the row goes on changing"))
}
