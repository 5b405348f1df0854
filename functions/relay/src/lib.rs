//! The table's stream: does at once what a job or an upload needs to go on.

use std::sync::Arc;

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use lambda_runtime::LambdaEvent;
use shared::app::App;
use shared::aws::table::Change;
use shared::error::Fault;
use shared::operations;
use shared::work_log::{About, Kind, Outcome, log_fault};

/// Follows all changes of the batch, and names those that must come again.
pub async fn handle(app: Arc<App>, event: LambdaEvent<Event>) -> Result<DynamoDbEventResponse, Fault> {
    let mut unit = app.work_log.begin(Kind::Changes, About::invocation(&event.context.request_id));
    let sequence_numbers: Vec<_> =
        event.payload.records.iter().map(|record| record.change.sequence_number.clone()).collect();
    let read: Vec<Result<Change, Fault>> = event.payload.records.into_iter().map(change).collect();
    let changes: Vec<Change> =
        read.iter().map(|change| change.as_ref().map_or(Change::Other, Clone::clone)).collect();
    let followed = operations::changes::follow_changes(&app, &changes).await;
    let mut response = DynamoDbEventResponse::default();
    for (((read, followed), sequence_number), change) in
        read.into_iter().zip(followed).zip(sequence_numbers).zip(&changes)
    {
        if let Some(fault) = read.err().or(followed) {
            let about = About { sequence_number: sequence_number.clone(), ..change.about() };
            log_fault("a change was not followed", &about, &fault);
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = sequence_number;
            response.batch_item_failures.push(failure);
        }
    }
    let failed = response.batch_item_failures.len();
    unit.outcome = if failed == 0 { Outcome::Succeeded } else { Outcome::Faulted };
    unit.about.items = Some(changes.len() as u64);
    unit.about.items_failed = (failed > 0).then_some(failed as u64);
    unit.end();
    Ok(response)
}

fn change(record: EventRecord) -> Result<Change, Fault> {
    Change::read(record.change.old_image, record.change.new_image)
}
