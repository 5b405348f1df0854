use std::time::Duration;

use crate::app::App;
use crate::aws::Dispatch;
use crate::aws::table::{AUDIT_SEGMENTS, DueJob, Row};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::id::JobId;
use crate::job::{self, Job};
use crate::media::StepWork;
use crate::metrics::{self, Metric};
use crate::operations::changes::{advance, conclude, remove_original};
use crate::operations::uploads::ingest_object;
use crate::operations::uploads::purge_upload;
use crate::upload::{SEND_GRACE, State, Upload};
use crate::work_log::{About, Outcome, log_fault, log_item};

/// What has not moved for this long is looked at by the audit that passes over the table all the time.
const STALE_AFTER: Duration = Duration::from_secs(30 * 60);

/// An audit that was asked for stops when less than this is left of the invocation, and goes on in the next.
const TIME_LEFT_MIN: Duration = Duration::from_secs(20);

/// How far an audit that was asked for has come is recorded after this many segments.
const SEGMENTS_BETWEEN_RECORDS: u32 = 20;

/// Audits the segment whose turn it is, and answers how many rows it moved on: one a minute, the whole table in six hours.
pub async fn audit_segment_of_the_minute(app: &App) -> Result<u64, Fault> {
    let minute = app.clock.now().as_secs() / 60;
    let segment = u32::try_from(minute.rem_euclid(i64::from(AUDIT_SEGMENTS))).unwrap_or(0);
    audit_segment(app, segment, app.clock.now() - STALE_AFTER).await
}

/// Goes on with an audit of the whole table that was asked for, if one was, until it is done or time is short, and
/// answers how many rows it moved on.
///
/// Its position is recorded after the segments that it covers: a crash in between audits some of them again. It looks
/// at everything, however new: what was lost may have been written a moment ago.
pub async fn audit_asked_for(app: &App, deadline: Timestamp) -> Result<u64, Fault> {
    let mut moved = 0;
    let mut audit = app.table.asked_audit().await?;
    while let Some(current) = audit
        && deadline.since(app.clock.now()) > TIME_LEFT_MIN
    {
        moved += audit_segment(app, current.next_segment, Timestamp::MAX).await?;
        audit = current.advanced();
        if current.segments_left % SEGMENTS_BETWEEN_RECORDS == 0 || audit.is_none() {
            app.table.set_asked_audit(audit).await?;
        }
    }
    Ok(moved)
}

/// Looks at every row of a segment and moves on what has stood still since before `before`; answers how many that were.
/// One row that cannot be moved holds up no other.
async fn audit_segment(app: &App, segment: u32, before: Timestamp) -> Result<u64, Fault> {
    let mut moved = 0;
    let mut page = app.table.scan_segment(segment, None).await?;
    loop {
        let mut of_page = 0;
        for row in &page.rows {
            of_page += u64::from(audit_row(app, row, before).await);
        }
        metrics::count_many(Metric::RowsMovedByAudit, of_page, None);
        moved += of_page;
        let Some(end) = page.end else {
            return Ok(moved);
        };
        page = app.table.scan_segment(segment, Some(end)).await?;
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
        job::State::Queued if due_at < before => send_again(app, job).await?,
        job::State::Running if job.lease_until.is_none_or(|until| until < before.min(now)) => {
            send_again(app, job).await?;
        }
        job::State::Waiting if due_at < before.min(now) => match DueJob::of(job) {
            Some(due) => return app.table.dispatch_due(&due, now).await,
            None => return Ok(false),
        },
        _ => return Ok(false),
    }
    Ok(true)
}

/// Sends the message that the row stands for. A second one meets the claim and starts nothing.
pub(crate) async fn send_again(app: &App, job: &Job) -> Result<(), Fault> {
    let failed = app.media_queue.send(&[Dispatch::of(job, app.clock.now())]).await.into_iter().next();
    failed.map_or(Ok(()), |(_, fault)| Err(fault))
}

async fn audit_upload(app: &App, upload: &Upload, before: Timestamp) -> Result<bool, Fault> {
    let is_stale = upload.updated_at < before;
    match upload.state {
        State::Pending if is_stale => audit_pending(app, upload).await,
        State::Received | State::Processing if is_stale => audit_steps(app, upload).await,
        State::Deleting if is_stale => {
            purge_upload(app, upload).await?;
            Ok(true)
        }
        // What a run has to do with objects is its upload's.
        _ if upload.run.is_some() => Ok(false),
        // Removing costs nothing, and what was removed before stays removed.
        State::Rejected | State::Expired | State::Aborted | State::Deleted => {
            remove_original(app, upload).await?;
            Ok(false)
        }
        _ => Ok(false),
    }
}

/// The event may have been lost: whether the bytes arrived, only S3 knows. That they never did is the client's doing,
/// and nothing that the audit has to mend.
async fn audit_pending(app: &App, upload: &Upload) -> Result<bool, Fault> {
    let key = Upload::original_key(&upload.tenant, &upload.id);
    let ingested = ingest_object(app, &key, &mut About::default()).await?;
    if matches!(ingested, Outcome::Succeeded | Outcome::Rejected) {
        return Ok(true);
    }
    if app.clock.now() < upload.send_by() + SEND_GRACE || app.bucket.probe(&key).await?.is_some() {
        return Ok(false);
    }
    if app.table.expire_upload(upload, app.clock.now()).await?.is_none() {
        metrics::count(Metric::UploadsExpired, upload.request_id.as_ref());
    }
    Ok(false)
}

/// Does again what the stream's records of this upload and its jobs call for: it is harmless, and one may be lost.
async fn audit_steps(app: &App, upload: &Upload) -> Result<bool, Fault> {
    let now = app.clock.now();
    if let Some(state) = upload.conclusion() {
        return conclude(app, upload, state).await;
    }
    let recipe = app.table.recipe_of(upload).await?;
    let put = advance(app, None, upload, &recipe).await?;
    let id_of = |name: &str| StepWork::job_id(upload, name);
    let names: Vec<String> = upload.ready_work(&recipe).into_iter().map(|(name, _)| name).collect();
    let ids: Vec<JobId> = names.iter().map(|name| id_of(name)).collect();
    let jobs = app.table.get_jobs(&upload.tenant, &ids).await?;
    let ended = names.iter().filter_map(|name| {
        let job = jobs.iter().find(|job| job.id == id_of(name))?;
        Some((name.clone(), job.step_end()?))
    });
    let ended = ended.collect::<std::collections::BTreeMap<_, _>>();
    if ended.is_empty() {
        return Ok(put > 0);
    }
    app.table.add_ended_steps(upload.place(), &ended, now).await?;
    Ok(true)
}
