use std::time::Duration;

use crate::app::App;
use crate::aws::table::{AHEAD, Due};
use crate::clock::Timestamp;
use crate::error::Fault;
use crate::operations::uploads::purge_upload;
use crate::upload::State;

/// What is read of each shard at once.
const PAGE_LENGTH: i32 = 100;

/// The rest is left to the next minute when less than this is left of the invocation.
const TIME_LEFT_MIN: Duration = Duration::from_secs(40);

/// Dispatches the waiting jobs that are due within a minute, goes on with the deletions that were put off until now, and
/// answers how many of both.
///
/// The last write of each takes it out of the index: a crash in between leaves the rest for the next minute, and one
/// that cannot be moved on holds up no other.
pub async fn dispatch_due_jobs(app: &App, deadline: Timestamp) -> Result<u64, Fault> {
    let until = app.clock.now() + AHEAD;
    let mut dispatched = 0;
    loop {
        let due = app.table.due(until, PAGE_LENGTH).await?;
        let mut failed = None;
        for due in &due {
            match move_on(app, due).await {
                Ok(is_new) => dispatched += u64::from(is_new),
                Err(fault) => failed = Some(fault),
            }
        }
        // A page that fails in part would come again at once; so would an entry that the index is slow to drop.
        let is_last = due.len() < PAGE_LENGTH as usize;
        match failed {
            Some(fault) => return Err(fault),
            None if is_last || deadline.since(app.clock.now()) < TIME_LEFT_MIN => return Ok(dispatched),
            None => {}
        }
    }
}

/// Whether there was something to do.
async fn move_on(app: &App, due: &Due) -> Result<bool, Fault> {
    match due {
        Due::Job(job) => app.table.dispatch_due(job, app.clock.now()).await,
        Due::Deletion { tenant, id } => {
            let upload = app.table.get_upload(tenant, id).await?;
            let Some(upload) = upload.filter(|upload| upload.state == State::Deleting) else {
                return Ok(false);
            };
            purge_upload(app, &upload).await?;
            Ok(true)
        }
    }
}
