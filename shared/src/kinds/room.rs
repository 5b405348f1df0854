//! The room that a tenant has left for what a job is about to store.

use crate::clock::Timestamp;
use crate::job::{Cause, Failure};
use crate::metrics::{self, Metric};
use crate::usage::Usage;

use super::contract::{Run, Stopped};

/// Fails if the run's tenant has no room for `bytes` more in the bucket.
///
/// Far from the bound, usage is read every 2 s of a process at most. While it cannot be read, the process goes by what it
/// read last and stored since, as an upload's acceptance does.
pub(super) async fn check_room(run: &Run<'_>, bytes: u64) -> Result<(), Stopped> {
    let (app, tenant, now) = (run.app, &run.job.tenant, run.app.clock.now());
    let wanted = Usage::stored(bytes);
    if app.bounds.are_none() {
        return Ok(());
    }
    if !app.usage.are_good_for(tenant, wanted, &app.bounds, now) {
        let used = used(run, now).await;
        if let Err(exceeded) = app.bounds.check_stored(used, wanted) {
            return Err(Failure::new(Cause::Impossible, "storage_full", &exceeded.detail()).into());
        }
    }
    app.usage.accept(tenant, now, wanted);
    Ok(())
}

/// The usage as it was counted last. Bytes on their way count for uploads alone: they are no derivative's.
async fn used(run: &Run<'_>, now: Timestamp) -> Usage {
    let (app, tenant) = (run.app, &run.job.tenant);
    let used = match app.table.usage_of(tenant).await {
        Ok(counted) => app.usage.read(tenant, counted, now),
        Err(fault) => {
            tracing::warn!(
                error = fault.chain(),
                "a derivative passes without a check of its tenant's bounds"
            );
            metrics::count(Metric::BoundsBypassed, run.job.request_id.as_ref());
            app.usage.assume(tenant, now)
        }
    };
    Usage { bytes_stored: used.bytes_stored, ..Usage::default() }
}
