//! The event of a queue of jobs, decoded and encoded alike for every function that serves one.

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use aws_lambda_events::event::streams::{SqsBatchItemFailure, SqsEventResponse};
use lambda_runtime::LambdaEvent;

use super::deadline;
use crate::app::App;
use crate::error::Fault;
use crate::kinds::contract::Dispatcher;
use crate::operations::jobs::{Received, run_deliveries};
use crate::work_log::{About, log_fault};

/// Runs every job of a batch, and names the messages that must stay in the queue.
pub async fn run_jobs<D: Dispatcher>(
    app: &App,
    dispatcher: &D,
    event: LambdaEvent<SqsEvent>,
) -> Result<SqsEventResponse, Fault> {
    let deadline = deadline(&event.context, app.clock.now());
    let mut deliveries = Vec::new();
    let mut kept = Vec::new();
    for message in event.payload.records {
        match received(&message) {
            Ok(delivery) => deliveries.push(delivery),
            Err(error) => {
                // It stays until the queue gives it to the dead-letter queue, where it comes into sight.
                let about = About { message_id: message.message_id.clone(), ..About::default() };
                log_fault("a message is no delivery", &about, &Fault::new("reading a message", error));
                kept.extend(message.message_id);
            }
        }
    }
    kept.extend(run_deliveries(app, dispatcher, &event.context.request_id, deadline, deliveries).await);
    let mut response = SqsEventResponse::default();
    response.batch_item_failures = kept.into_iter().map(failure).collect();
    Ok(response)
}

fn received(message: &SqsMessage) -> Result<Received, serde_json::Error> {
    let receive_count = message.attributes.get("ApproximateReceiveCount");
    Ok(Received {
        message_id: message.message_id.clone().unwrap_or_default(),
        receipt_handle: message.receipt_handle.clone().unwrap_or_default(),
        receive_count: receive_count.and_then(|count| count.parse().ok()).unwrap_or(1),
        delivery: serde_json::from_str(message.body.as_deref().unwrap_or_default())?,
    })
}

fn failure(message_id: String) -> SqsBatchItemFailure {
    let mut failure = SqsBatchItemFailure::default();
    failure.item_identifier = Some(message_id);
    failure
}
