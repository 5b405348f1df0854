//! Data derived from the changes of rows, which may lag some seconds: the table's stream, read a second time.
//!
//! A projection reads the records for itself and writes rows that nobody else writes, so none sees what became of
//! another: a record that one cannot read is passed over by that one alone, and a fault or a panic of one ends after all
//! others have done their work.
//!
//! Lambda knows one end for all of them: while any has failed, the whole batch comes again, at most ten times. So every
//! projection must be harmless when records come twice. Usage is harmless only if they come in the same batches
//! ([`crate::usage::Batch`]): a batch is therefore never divided, nor reported as done in part. Others don't rely
//! on that: [`crate::activity::Hour`] remembers each record.

use std::panic::AssertUnwindSafe;

use futures_util::{FutureExt, future};

use crate::app::App;
use crate::aws::table::{StreamRecord, change_of_activity, change_of_usage};
use crate::error::Fault;
use crate::metrics::{self, Metric};
use crate::work_log::{About, Kind, Outcome, log_fault};

mod activity;
mod usage;

/// Has every projection follow the records of one batch; fails if the batch must come again for any of them.
///
/// `invocation` is what their log lines have in common.
pub async fn project(app: &App, invocation: &About, records: &[StreamRecord]) -> Result<(), Fault> {
    let usage = run(app, Kind::UsageCount, invocation, records, change_of_usage, |changes| {
        usage::count(app, changes)
    });
    let activity = run(app, Kind::ActivityCount, invocation, records, change_of_activity, |changes| {
        activity::count(app, changes)
    });
    let (usage, activity) = future::join(usage, activity).await;
    usage.and(activity)
}

/// Runs one projection: `read` takes from a record what it needs, `write` returns how many rows it wrote.
async fn run<T, F>(
    app: &App,
    kind: Kind,
    invocation: &About,
    records: &[StreamRecord],
    read: fn(&StreamRecord) -> Result<Option<T>, Fault>,
    write: impl FnOnce(Vec<T>) -> F,
) -> Result<(), Fault>
where
    F: Future<Output = Result<u64, Fault>>,
{
    let about = About { items: Some(records.len() as u64), ..invocation.clone() };
    let unit = app.work_log.begin(kind, about);
    let work = async {
        let changes = records.iter().filter_map(|record| readable(kind, record, read)).collect();
        write(changes).await
    };
    // A panic would take along what the others have under way.
    let written = AssertUnwindSafe(work).catch_unwind().await;
    let written = written.unwrap_or_else(|_| Err(Fault::new("following changes", "the projection panicked")));
    unit.end_with(written.map(|rows| if rows > 0 { Outcome::Succeeded } else { Outcome::Skipped }))
}

/// A record that cannot be read would hold up its shard for nothing, so it is passed over.
fn readable<T>(
    kind: Kind,
    record: &StreamRecord,
    read: fn(&StreamRecord) -> Result<Option<T>, Fault>,
) -> Option<T> {
    read(record).unwrap_or_else(|fault| {
        let about = About {
            sequence_number: record.sequence_number.clone(),
            detail: Some(kind.as_str().to_owned()),
            ..About::default()
        };
        log_fault("a change was not counted", &about, &fault);
        metrics::count(Metric::RecordsUnread, None);
        None
    })
}
