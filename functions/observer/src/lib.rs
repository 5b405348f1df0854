//! The table's stream, read a second time: has each projection follow what may lag.

use std::sync::Arc;

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use lambda_runtime::LambdaEvent;
use shared::app::App;
use shared::aws::table::StreamRecord;
use shared::error::Fault;
use shared::projections;
use shared::work_log::About;

/// Hands the batch to all projections, or fails, and then all of it comes again: the same batch, which is what usage
/// knows it by. A second delivery is harmless to each of them.
pub async fn handle(app: Arc<App>, event: LambdaEvent<Event>) -> Result<(), Fault> {
    let invocation = About::invocation(&event.context.request_id);
    let records: Vec<StreamRecord> = event.payload.records.into_iter().map(record).collect();
    projections::project(&app, &invocation, &records).await
}

fn record(record: EventRecord) -> StreamRecord {
    StreamRecord {
        event_id: record.event_id,
        sequence_number: record.change.sequence_number,
        old: record.change.old_image,
        new: record.change.new_image,
    }
}
