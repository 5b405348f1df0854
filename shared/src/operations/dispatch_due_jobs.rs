use std::time::Duration;

use crate::app::App;
use crate::error::Fault;

/// Jobs are dispatched in the minute before they are due; the queue's delay holds them for the rest.
const AHEAD: Duration = Duration::from_secs(60);

/// What is read of each shard at once.
const PAGE_LENGTH: i32 = 100;

/// Dispatches the waiting jobs that are due within a minute, and answers how many.
///
/// Each is one conditional write that takes the job out of the index: a crash in between leaves the rest for the next
/// minute.
pub async fn dispatch_due_jobs(app: &App) -> Result<usize, Fault> {
    let until = app.clock.now() + AHEAD;
    let due = app.table.due_jobs(until, PAGE_LENGTH).await?;
    for job in &due {
        app.table.dispatch_due(job, app.clock.now()).await?;
    }
    Ok(due.len())
}
