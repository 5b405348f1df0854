use futures_util::FutureExt;

use crate::app::App;
use crate::aws::table::AHEAD;
use crate::clock::Timestamp;
use crate::concurrently;
use crate::error::Fault;

/// So much is read of each shard at once.
const PAGE_LENGTH: i32 = 100;

/// So many jobs are dispatched at once.
const JOBS_AT_ONCE: usize = 25;

/// Dispatches the waiting jobs that are due within a minute, and returns how many. It begins nothing after `until`: the
/// rest is left to the next minute.
///
/// The write that dispatches a job takes it out of the index: a crash in between leaves the rest for the next minute, and
/// one that cannot be dispatched holds up no other.
pub async fn dispatch_due_jobs(app: &App, until: Timestamp) -> Result<u64, Fault> {
    let due_until = app.clock.now() + AHEAD;
    let mut dispatched = 0;
    loop {
        let due = app.table.due(due_until, PAGE_LENGTH).await?;
        let moves = due.iter().map(|due| app.table.dispatch_due(due, app.clock.now()).boxed()).collect();
        let moved = concurrently::all(JOBS_AT_ONCE, moves).await;
        let mut failed = None;
        for moved in moved {
            match moved {
                Ok(is_new) => dispatched += u64::from(is_new),
                Err(fault) => failed = Some(fault),
            }
        }
        // A page that fails in part would come again at once; so would an entry that the index is slow to drop.
        let is_last = due.len() < PAGE_LENGTH as usize;
        match failed {
            Some(fault) => return Err(fault),
            None if is_last || app.clock.now() >= until => return Ok(dispatched),
            None => {}
        }
    }
}
