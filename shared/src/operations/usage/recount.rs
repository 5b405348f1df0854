use std::time::Duration;

use futures_util::FutureExt;

use crate::app::App;
use crate::aws::StoredPage;
use crate::aws::table::{DueRecount, Listing, Range};
use crate::clock::Timestamp;
use crate::concurrently;
use crate::error::Fault;
use crate::id::UploadId;
use crate::tenant::Tenant;
use crate::upload::key;
use crate::usage::{Part, RECOUNT_EVERY, Recount};
use crate::work_log::{About, log_item};

/// So many tenants are recounted in a minute, at most.
const TENANTS_MAX: i32 = 100;

/// So many pages of listings are read for one tenant in a minute, at most: 30,000 uploads or 300,000 objects.
const PAGES_MAX: usize = 300;

/// A page of the listing of uploads.
const PAGE_UPLOADS: usize = 100;

/// So many recounts are expedited at once.
const TENANTS_AT_ONCE: usize = 25;

/// Recounts that are asked for at once are expedited in rounds of [`TENANTS_MAX`].
const ROUNDS_MAX: usize = 20;

/// Recounts what tenants have, those whose time has come, and returns how many were read. It begins nothing after `until`:
/// the rest is left to the next minute.
///
/// The difference is added rather than the count replaced: the stream's reader goes on meanwhile. The
/// write that adds it is conditional on the recount's not having gone on, so it is added once. A crash in between
/// repeats some pages, and one tenant's recount that fails holds up no other.
pub async fn recount_usage(app: &App, until: Timestamp) -> Result<u64, Fault> {
    let (mut recounted, mut failed) = (0, None);
    for tenant in app.table.due_recounts(Timestamp::from_millis(0), app.clock.now(), TENANTS_MAX).await? {
        if app.clock.now() >= until {
            break;
        }
        match recount(app, &tenant, until).await {
            Ok(was_due) => recounted += u64::from(was_due),
            Err(fault) => failed = Some(fault),
        }
    }
    failed.map_or(Ok(recounted), Err)
}

/// Has all recounts made at once: records of the stream were given up before they were counted.
pub(crate) async fn expedite_recounts(app: &App) -> Result<(), Fault> {
    let now = app.clock.now();
    for _ in 0..ROUNDS_MAX {
        let (next, last) = (now + Duration::from_millis(1), now + RECOUNT_EVERY);
        let tenants = app.table.due_recounts(next, last, TENANTS_MAX).await?;
        let writes = tenants.iter().map(|tenant| app.table.expedite_recount(tenant, now).boxed()).collect();
        let written = concurrently::all(TENANTS_AT_ONCE, writes).await;
        if !written.into_iter().collect::<Result<Vec<bool>, Fault>>()?.contains(&true) {
            break;
        }
    }
    Ok(())
}

/// Whether it was due.
async fn recount(app: &App, tenant: &Tenant, until: Timestamp) -> Result<bool, Fault> {
    let now = app.clock.now();
    let Some(due) = app.table.due_recount(tenant, now).await? else { return Ok(false) };
    let mut recount = due.recount.clone().unwrap_or_else(|| Recount::begin(due.counted, now));
    for _ in 0..PAGES_MAX {
        if recount.next == Part::Done || app.clock.now() >= until {
            break;
        }
        take_page(app, tenant, &mut recount).await?;
    }
    if recount.next == Part::Done {
        finish(app, &due, &recount).await?;
    } else {
        // Later than it was, so that nobody who saw it as it was goes on with it, too.
        let then = app.clock.now().max(due.due_at + Duration::from_millis(1));
        app.table.keep_recount(&due, &recount, then).await?;
    }
    Ok(true)
}

async fn finish(app: &App, due: &DueRecount, recount: &Recount) -> Result<(), Fault> {
    let correction = recount.correction();
    // If a tenant has nothing, the next change that is counted asks for the next recount.
    let then = (!recount.found.is_nothing()).then(|| app.clock.now() + RECOUNT_EVERY);
    app.table.finish_recount(due, correction, then).await?;
    if !correction.is_nothing() {
        let detail = format!("{correction:?} was missing");
        let about = About { tenant: Some(due.tenant.clone()), detail: Some(detail), ..About::default() };
        log_item("a recount corrected the usage", &about);
    }
    Ok(())
}

/// Adds what stands on the next page of the listing whose turn it is.
async fn take_page(app: &App, tenant: &Tenant, recount: &mut Recount) -> Result<(), Fault> {
    recount.next = match recount.next.clone() {
        Part::InFlight { before } => match take_uploads(app, tenant, recount, before).await? {
            Some(last) => Part::InFlight { before: Some(last) },
            None => Part::Originals { after: None },
        },
        Part::Originals { after } => {
            let page = take_objects(app, recount, &key::originals_of(tenant), after).await?;
            recount.found.uploads_stored = recount.found.uploads_stored.saturating_add(page.objects);
            match page.last_key {
                Some(last) => Part::Originals { after: Some(last) },
                None => Part::Derivatives { after: None },
            }
        }
        Part::Derivatives { after } => {
            match take_objects(app, recount, &key::derivatives_of(tenant), after).await?.last_key {
                Some(last) => Part::Derivatives { after: Some(last) },
                None => Part::Done,
            }
        }
        Part::Done => Part::Done,
    };
    Ok(())
}

/// Answers after which entry to go on; `None` after the last.
async fn take_uploads(
    app: &App,
    tenant: &Tenant,
    recount: &mut Recount,
    before: Option<String>,
) -> Result<Option<String>, Fault> {
    let range = Range::created(Some(recount.in_flight_from()), None);
    let range = before.iter().fold(range, |range, before| range.before(before));
    let listed = app.table.list(Listing::Uploads, tenant, &range, PAGE_UPLOADS).await?;
    let ids: Vec<UploadId> = listed.iter().filter_map(|listed| UploadId::parse(&listed.id)).collect();
    for upload in app.table.get_uploads(tenant, &ids).await? {
        recount.found += recount.in_flight(&upload);
    }
    let last = listed.last().filter(|_| listed.len() == PAGE_UPLOADS);
    Ok(last.map(|last| last.position.clone()))
}

/// Adds the bytes of the objects on a page, and returns the page.
async fn take_objects(
    app: &App,
    recount: &mut Recount,
    prefix: &str,
    after: Option<String>,
) -> Result<StoredPage, Fault> {
    let page = app.bucket.stored_under(prefix, after, recount.as_of).await?;
    recount.found.bytes_stored = recount.found.bytes_stored.saturating_add(page.bytes);
    Ok(page)
}
