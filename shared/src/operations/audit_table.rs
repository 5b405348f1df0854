use std::time::Duration;

use crate::app::App;
use crate::aws::Dispatch;
use crate::aws::table::{AUDIT_SEGMENTS, DueJob, Row};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::id::JobId;
use crate::job::{self, Job};
use crate::media::ImageStep;
use crate::operations::follow_changes::put_steps;
use crate::operations::receive_upload;
use crate::upload::{ARRIVAL_GRACE, State, Upload};

/// What has not moved for this long is looked at by the audit that passes over the table all the time.
const STALE_AFTER: Duration = Duration::from_secs(30 * 60);

/// An audit that was asked for stops when less than this is left of the invocation, and goes on in the next.
const TIME_LEFT_MIN: Duration = Duration::from_secs(20);

/// How far an audit that was asked for has come is recorded after this many segments.
const SEGMENTS_BETWEEN_RECORDS: u32 = 20;

/// Audits the segment whose turn it is: one a minute, the whole table in six hours.
pub async fn audit_segment_of_the_minute(app: &App) -> Result<(), Fault> {
    let minute = app.clock.now().as_secs() / 60;
    let segment = u32::try_from(minute.rem_euclid(i64::from(AUDIT_SEGMENTS))).unwrap_or(0);
    audit_segment(app, segment, app.clock.now() - STALE_AFTER).await
}

/// Goes on with an audit of the whole table that was asked for, if one was, until it is done or time is short.
///
/// Its position is recorded after the segments that it covers: a crash in between audits some of them again. It looks
/// at everything, however new: what was lost may have been written a moment ago.
pub async fn audit_asked_for(app: &App, deadline: Timestamp) -> Result<(), Fault> {
    let mut audit = app.table.asked_audit().await?;
    while let Some(current) = audit
        && deadline.since(app.clock.now()) > TIME_LEFT_MIN
    {
        audit_segment(app, current.next_segment, Timestamp::MAX).await?;
        audit = current.advanced();
        if current.segments_left % SEGMENTS_BETWEEN_RECORDS == 0 || audit.is_none() {
            app.table.set_asked_audit(audit).await?;
        }
    }
    Ok(())
}

/// Looks at every row of a segment and moves on what has stood still since before `before`. One row that cannot be
/// moved holds up no other.
async fn audit_segment(app: &App, segment: u32, before: Timestamp) -> Result<(), Fault> {
    let mut page = app.table.scan_segment(segment, None).await?;
    loop {
        for row in &page.rows {
            let (id, audited) = match row {
                Row::Job(job) => (job.id.as_str(), audit_job(app, job, before).await),
                Row::Upload(upload) => (upload.id.as_str(), audit_upload(app, upload, before).await),
            };
            if let Err(fault) = audited {
                tracing::error!(row.id = id, error = fault.chain(), "the audit could not move a row on");
            }
        }
        let Some(end) = page.end else {
            return Ok(());
        };
        page = app.table.scan_segment(segment, Some(end)).await?;
    }
}

/// Sends a job again that should have been run by now: its stream record or its message was lost.
///
/// The message carries the dispatch that the row is in, so that one which is merely late in a long queue stays good.
async fn audit_job(app: &App, job: &Job, before: Timestamp) -> Result<(), Fault> {
    let now = app.clock.now();
    let due_at = job.due_at.unwrap_or(job.updated_at).max(job.updated_at);
    match job.state {
        job::State::Queued if due_at < before => send_again(app, job).await,
        job::State::Running if job.lease_until.is_none_or(|until| until < before.min(now)) => {
            send_again(app, job).await
        }
        job::State::Waiting if due_at < before.min(now) => match DueJob::of(job) {
            Some(due) => app.table.dispatch_due(&due, now).await,
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Sends the message that the row stands for. A second one meets the claim and starts nothing.
pub(super) async fn send_again(app: &App, job: &Job) -> Result<(), Fault> {
    let failed = app.media_queue.send(&[Dispatch::of(job, app.clock.now())]).await.into_iter().next();
    failed.map_or(Ok(()), |(_, fault)| Err(fault))
}

async fn audit_upload(app: &App, upload: &Upload, before: Timestamp) -> Result<(), Fault> {
    let is_stale = upload.updated_at < before;
    match upload.state {
        State::Pending if is_stale => audit_pending(app, upload).await,
        State::Received | State::Processing if is_stale => audit_steps(app, upload).await,
        // Removing costs nothing, and what was removed before stays removed.
        State::Rejected | State::Expired => {
            app.bucket.remove(&Upload::original_key(&upload.tenant, &upload.id)).await
        }
        _ => Ok(()),
    }
}

/// The event may have been lost: whether the bytes arrived, only S3 knows.
async fn audit_pending(app: &App, upload: &Upload) -> Result<(), Fault> {
    let key = Upload::original_key(&upload.tenant, &upload.id);
    receive_upload(app, &key).await?;
    if app.clock.now() < upload.arrive_by() + ARRIVAL_GRACE || app.bucket.look_at(&key).await?.is_some() {
        return Ok(());
    }
    app.table.expire_upload(upload, app.clock.now()).await?;
    Ok(())
}

/// Does again what the stream's records of this upload and its jobs call for: it is harmless, and one may be lost.
async fn audit_steps(app: &App, upload: &Upload) -> Result<(), Fault> {
    let now = app.clock.now();
    if let Some(state) = upload.conclusion() {
        return app.table.conclude_upload(upload, state, now).await;
    }
    let recipe = app.table.recipe_of(upload).await?;
    put_steps(app, upload, &recipe).await?;
    let id_of = |name: &str| ImageStep::job_id(upload, name);
    let names: Vec<&str> = upload.open_steps(&recipe).map(|step| step.name.as_str()).collect();
    let ids: Vec<JobId> = names.iter().map(|name| id_of(name)).collect();
    let jobs = app.table.get_jobs(&upload.tenant, &ids).await?;
    let ended = names.iter().filter_map(|name| {
        let job = jobs.iter().find(|job| job.id == id_of(name))?;
        Some(((*name).to_owned(), job.step_end()?))
    });
    let ended = ended.collect::<std::collections::BTreeMap<_, _>>();
    if ended.is_empty() {
        return Ok(());
    }
    app.table.add_ended_steps(&upload.tenant, &upload.id, &ended, now).await
}
