use std::time::Duration;

use futures_util::FutureExt;

use crate::app::App;
use crate::aws::table::{AUDIT_SEGMENTS, AskedAudit, DueJob, PageEnd, Row};
use crate::clock::Timestamp;
use crate::concurrently;
use crate::error::Fault;
use crate::id::JobId;
use crate::job::{self, Job};
use crate::kinds::http::callback::Occasion;
use crate::kinds::import::Import;
use crate::kinds::purge_upload::PurgeUpload;
use crate::metrics::{self, Metric};
use crate::operations::changes::{advance, call_back, conclude, end_import, ended_steps};
use crate::operations::jobs::send_job;
use crate::operations::uploads::ingest_object;
use crate::upload::{SEND_GRACE, State, Upload, key};
use crate::work_log::{About, Outcome, log_fault, log_item};

/// The audit that passes over the table all the time checks rows that have not moved for this long.
const STALE_AFTER: Duration = Duration::from_secs(30 * 60);

/// The position of an audit that was asked for is recorded after this many segments.
const SEGMENTS_BETWEEN_RECORDS: u16 = 20;

/// So many rows are audited at once.
const ROWS_AT_ONCE: usize = 10;

/// Audits the segment whose turn it is, and returns how many rows it moved on: one a minute, the whole table in six
/// hours. Rows that it has not come to at `until` are left to the audit that is asked for.
pub async fn audit_segment_of_the_minute(app: &App, until: Timestamp) -> Result<u64, Fault> {
    let minute = app.clock.now().as_secs().div_euclid(60);
    let segment = u16::try_from(minute.rem_euclid(i64::from(AUDIT_SEGMENTS)))
        .map_err(|error| Fault::new("choosing a segment", error))?;
    let before = app.clock.now() - STALE_AFTER;
    let (moved, rest) = audit_segment(app, segment, None, before, until).await?;
    if let Some(after) = rest {
        let asked = match app.table.asked_audit().await? {
            Some(asked) => asked.anew(),
            None => AskedAudit::rest_of(segment, after),
        };
        app.table.set_asked_audit(Some(&asked)).await?;
    }
    Ok(moved)
}

/// Goes on with an audit of the whole table that was asked for, if one was, until it is done or the time is `until`, and
/// returns how many rows it moved on.
///
/// Its position is recorded after the rows that it covers: a crash in between audits some of them again. It checks
/// everything, however new: what was lost may have been written a moment ago.
pub async fn audit_asked_for(app: &App, until: Timestamp) -> Result<u64, Fault> {
    let mut moved = 0;
    let mut audit = app.table.asked_audit().await?;
    while let Some(current) = audit.clone()
        && has_time(app, until)
    {
        let (segment, after) = (current.next_segment, current.after.as_ref());
        let (of_segment, rest) = audit_segment(app, segment, after, Timestamp::MAX, until).await?;
        moved += of_segment;
        if let Some(after) = rest {
            let here = AskedAudit { after: Some(after), ..current };
            app.table.set_asked_audit(Some(&here)).await?;
            break;
        }
        audit = current.advanced();
        if current.segments_left % SEGMENTS_BETWEEN_RECORDS == 0 || audit.is_none() || !has_time(app, until) {
            app.table.set_asked_audit(audit.as_ref()).await?;
        }
    }
    Ok(moved)
}

fn has_time(app: &App, until: Timestamp) -> bool {
    app.clock.now() < until
}

/// Audits the rows of a segment and moves on what has stood still since before `before`. Returns how many that were, and
/// how far it came if that was not all. One row that cannot be moved holds up no other.
async fn audit_segment(
    app: &App,
    segment: u16,
    after: Option<&PageEnd>,
    before: Timestamp,
    until: Timestamp,
) -> Result<(u64, Option<PageEnd>), Fault> {
    let mut moved = 0;
    let mut page = app.table.scan_segment(segment, after).await?;
    loop {
        let rows = page.rows.iter().map(|row| audit_row(app, row, before).boxed()).collect();
        let rows = concurrently::all(ROWS_AT_ONCE, rows).await;
        let of_page: u64 = rows.into_iter().map(u64::from).sum();
        metrics::count_many(Metric::RowsMovedByAudit, of_page, None);
        moved += of_page;
        let Some(end) = page.end else {
            return Ok((moved, None));
        };
        if !has_time(app, until) {
            return Ok((moved, Some(end)));
        }
        page = app.table.scan_segment(segment, Some(&end)).await?;
    }
}

/// Whether the row was moved on.
async fn audit_row(app: &App, row: &Row, before: Timestamp) -> bool {
    let (about, audited) = match row {
        Row::Job(job) => (About::job(job), audit_job(app, job, before).await),
        Row::Upload(upload) => (About::upload(upload), audit_upload(app, upload, before).await),
    };
    match audited {
        Ok(false) => false,
        Ok(true) => {
            log_item("the audit moved a row on", &about);
            true
        }
        Err(fault) => {
            log_fault("the audit could not move a row on", &about, &fault);
            false
        }
    }
}

/// Sends a job again that should have been run by now: its stream record or its message was lost.
///
/// The message carries the dispatch that the row is in, so that one which is merely late in a long queue stays good.
async fn audit_job(app: &App, job: &Job, before: Timestamp) -> Result<bool, Fault> {
    let now = app.clock.now();
    let due_at = job.due_at.unwrap_or(job.updated_at).max(job.updated_at);
    match job.state {
        job::State::Queued if due_at < before => send_job(app, job).await?,
        job::State::Running if job.lease_until.is_none_or(|until| until < before.min(now)) => {
            send_job(app, job).await?;
        }
        job::State::Waiting if due_at < before.min(now) => match DueJob::of(job) {
            Some(due) => return app.table.dispatch_due(&due, now).await,
            None => return Ok(false),
        },
        _ => {
            return match Occasion::of(None, job) {
                Some(occasion) if job.updated_at < before => call_back(app, job, occasion).await,
                _ => Ok(false),
            };
        }
    }
    Ok(true)
}

async fn audit_upload(app: &App, upload: &Upload, before: Timestamp) -> Result<bool, Fault> {
    let is_stale = upload.updated_at < before;
    if upload.may_have_form_file(app.clock.now()) {
        app.bucket.remove_form_file(upload).await?;
    }
    match upload.state {
        State::Pending if is_stale => audit_pending(app, upload).await,
        State::Received | State::Processing if is_stale => audit_steps(app, upload).await,
        State::Deleting if is_stale => audit_deletion(app, upload).await,
        // The objects of a run are its upload's.
        _ if upload.run.is_some() => Ok(false),
        // Removing costs nothing, and what was removed before stays removed.
        State::Rejected | State::Expired | State::Aborted | State::Deleted => {
            app.bucket.remove_original(upload).await?;
            Ok(false)
        }
        _ => Ok(false),
    }
}

/// The event may have been lost: whether the bytes arrived, only S3 knows. That they never did is the client's doing,
/// and nothing that the audit has to mend.
async fn audit_pending(app: &App, upload: &Upload) -> Result<bool, Fault> {
    let key = key::original(&upload.tenant, &upload.id);
    let ingested = ingest_object(app, &key, &mut About::default()).await?;
    if matches!(ingested, Outcome::Succeeded | Outcome::Rejected) {
        return Ok(true);
    }
    if app.clock.now() < upload.send_by() + SEND_GRACE || app.bucket.probe(&key).await?.is_some() {
        return if upload.source.is_some() { audit_import(app, upload).await } else { Ok(false) };
    }
    if app.table.expire_upload(upload, app.clock.now()).await?.is_none() {
        metrics::count(Metric::UploadsExpired, upload.request_id.as_ref());
    }
    Ok(false)
}

/// Puts the job that fetches the file, if it is missing, and rejects the upload if that job is dead.
async fn audit_import(app: &App, upload: &Upload) -> Result<bool, Fault> {
    let import = Import::job_of(upload, app.clock.now());
    match app.table.get_job(&import.tenant, &import.id).await? {
        None => app.table.put_job(&import).await,
        Some(job) if job.state == job::State::Dead => end_import(app, &job).await.map(|()| true),
        Some(_) => Ok(false),
    }
}

/// Puts the job that carries the deletion out, if it is missing or ended without having done so. One that waits for a
/// lease is left alone: it is a job like any other.
async fn audit_deletion(app: &App, upload: &Upload) -> Result<bool, Fault> {
    let now = app.clock.now();
    let first = PurgeUpload::job_of(upload, "", now);
    match app.table.get_job(&first.tenant, &first.id).await? {
        None => app.table.put_job(&first).await,
        Some(job) if job.state.is_final() => {
            app.table.put_job(&PurgeUpload::job_of(upload, &now.to_date(), now)).await
        }
        Some(_) => Ok(false),
    }
}

/// Does again what the stream's records of this upload and its jobs call for: it is harmless, and one may be lost.
async fn audit_steps(app: &App, upload: &Upload) -> Result<bool, Fault> {
    if let Some(state) = upload.conclusion() {
        return conclude(app, upload, state).await;
    }
    let recipe = app.table.recipe_of(upload).await?;
    let put = advance(app, None, upload, &recipe).await?;
    let ready = upload.ready_tasks(&recipe).into_iter();
    let ids: Vec<JobId> = ready.map(|(name, _)| upload.job_id(&name)).collect();
    let ended = ended_steps(&app.table.get_jobs(&upload.tenant, &ids).await?);
    if ended.is_empty() {
        return Ok(put > 0);
    }
    let (key, at) = (upload.key(), Some(upload.created_at));
    app.table.add_ended_steps(&key, at, &ended, app.clock.now()).await?;
    Ok(true)
}
