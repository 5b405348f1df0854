use crate::app::App;
use crate::error::{Rejected, Result};
use crate::metrics::{self, Metric};
use crate::upload::Upload;
use crate::usage::{Exceeded, Usage};

/// The least that a run stores.
const RUN_BYTES_MIN: u64 = 1;

/// Refuses an upload that would take its tenant over a bound, unless it was accepted before.
///
/// Reads at most, and nothing is written: the row that is put next is what counts. A refused request leaves no trace, so
/// its `Idempotency-Key` is free. Two processes that read at the same moment may both let one pass; how far that can go,
/// `docs/operations.md` says. While the table is throttled, fails or hangs, a process goes by what it read last and
/// accepted since: a bound must not be what takes the service down.
pub(crate) async fn admit_upload(app: &App, upload: &Upload, may_be_a_repeat: bool) -> Result<()> {
    let Err(exceeded) = check(app, upload).await else { return Ok(()) };
    // An upload that was accepted before takes no more room now.
    if may_be_a_repeat && app.table.get_upload(&upload.tenant, &upload.id).await?.is_some() {
        return Ok(());
    }
    Err(Rejected::from(exceeded).into())
}

/// Remembers an upload that this process accepted, until it is counted.
pub(crate) fn note_accepted(app: &App, upload: &Upload) {
    app.usage.accept(&upload.tenant, upload.created_at, Usage::of_upload(upload));
}

/// Refuses a run of a tenant that has no room left in the bucket. How much a run stores, nobody knows before; each of its
/// steps is checked again when it stores something.
pub(crate) async fn admit_run(app: &App, run: &Upload) -> Result<()> {
    if app.bounds.are_none() {
        return Ok(());
    }
    let used = read_usage(app, run).await;
    let checked = app.bounds.check_stored(used, Usage::stored(RUN_BYTES_MIN));
    checked.map_err(|exceeded| Rejected::from(exceeded).into())
}

async fn check(app: &App, upload: &Upload) -> std::result::Result<(), Exceeded> {
    let (tenant, now) = (&upload.tenant, app.clock.now());
    let wanted = Usage::of_upload(upload);
    if app.bounds.are_none() || app.usage.are_good_for(tenant, wanted, &app.bounds, now) {
        return Ok(());
    }
    app.bounds.check(read_usage(app, upload).await, wanted)
}

/// The usage of the upload's tenant; what this process knows of it while the table does not answer.
async fn read_usage(app: &App, upload: &Upload) -> Usage {
    let (tenant, now) = (&upload.tenant, app.clock.now());
    match app.table.usage_of(tenant).await {
        Ok(counted) => app.usage.read(tenant, counted, now),
        Err(fault) => {
            tracing::warn!(error = fault.chain(), "an upload passes without a check of its tenant's bounds");
            metrics::count(Metric::BoundsBypassed, upload.request_id.as_ref());
            app.usage.assume(tenant, now)
        }
    }
}
