//! The table's stream, read a second time: does what may lag behind, so far the usage of tenants.

use std::sync::Arc;

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use lambda_runtime::LambdaEvent;
use shared::app::App;
use shared::aws::table::change_of_usage;
use shared::error::Fault;
use shared::operations;
use shared::usage::Change;
use shared::work_log::{About, Kind, Outcome, log_fault};

/// Counts all changes of the batch, or fails, and then all of it comes again: the same batch, which is what it is known by.
///
/// A record that cannot be read would hold up its shard for nothing, so it is passed over; a recount makes up for it.
pub async fn handle(app: Arc<App>, event: LambdaEvent<Event>) -> Result<(), Fault> {
    let mut unit = app.work_log.begin(Kind::UsageCount, About::invocation(&event.context.request_id));
    let records = event.payload.records.len();
    let changes: Vec<Change> = event.payload.records.into_iter().filter_map(readable_change).collect();
    unit.about.items = Some(records as u64);
    let counted = operations::usage::count_usage(&app, changes).await;
    unit.end_with(counted.map(|tenants| if tenants > 0 { Outcome::Succeeded } else { Outcome::Skipped }))
}

fn readable_change(record: EventRecord) -> Option<Change> {
    let change = change_of_usage(&record.event_id, record.change.old_image, record.change.new_image);
    change.unwrap_or_else(|fault| {
        let about = About { sequence_number: record.change.sequence_number, ..About::default() };
        log_fault("a change was not counted", &about, &fault);
        None
    })
}
