//! SQS: runs jobs that wait for the network, many at a time.

use std::sync::Arc;

use aws_lambda_events::event::sqs::SqsEvent;
use aws_lambda_events::event::streams::SqsEventResponse;
use lambda_runtime::LambdaEvent;
use shared::app::App;
use shared::error::Fault;
use shared::kinds::Worker;
use shared::lambda;

/// Runs every job of the batch, and names the messages that must stay in the queue.
pub async fn handle(app: Arc<App>, event: LambdaEvent<SqsEvent>) -> Result<SqsEventResponse, Fault> {
    lambda::run_jobs(&app, &Worker::default(), event).await
}
