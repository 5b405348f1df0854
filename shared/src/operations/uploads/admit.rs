use crate::app::App;
use crate::error::Result;
use crate::metrics::{self, Metric};
use crate::upload::Upload;
use crate::usage::{Exceeded, Usage};

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
    Err(crate::error::Rejected::from(exceeded).into())
}

/// Remembers an upload that this process accepted, until it is counted.
pub(crate) fn note_accepted(app: &App, upload: &Upload) {
    app.usage.accept(&upload.tenant, upload.created_at, Usage::of_upload(upload));
}

async fn check(app: &App, upload: &Upload) -> std::result::Result<(), Exceeded> {
    let (tenant, now) = (&upload.tenant, app.clock.now());
    let wanted = Usage::of_upload(upload);
    if app.bounds.are_none() || app.usage.are_good_for(tenant, wanted, &app.bounds, now) {
        return Ok(());
    }
    match app.table.usage_of(tenant).await {
        Ok(counted) => app.bounds.check(app.usage.read(tenant, counted, now), wanted),
        Err(fault) => {
            tracing::warn!(error = fault.chain(), "an upload passes without a check of its tenant's bounds");
            metrics::count(Metric::BoundsBypassed, upload.request_id.as_ref());
            app.bounds.check(app.usage.assume(tenant, now), wanted)
        }
    }
}
