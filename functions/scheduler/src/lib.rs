//! EventBridge, every minute: what must happen by the clock.

use std::sync::Arc;

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use lambda_runtime::LambdaEvent;
use serde_json::Value;
use shared::app::App;
use shared::error::Fault;
use shared::lambda::deadline;
use shared::operations;

/// Does all of a minute's work. What fails is logged and tried again in the next minute; it holds nothing else up.
pub async fn handle(app: Arc<App>, event: LambdaEvent<EventBridgeEvent<Value>>) -> Result<(), Fault> {
    let deadline = deadline(&event.context, app.clock.now());
    let outcomes = [
        operations::dispatch_due_jobs(&app, deadline).await,
        operations::drain_dead_letters(&app).await,
        operations::drain_failures(&app).await,
        operations::audit_asked_for(&app, deadline).await,
        operations::audit_segment_of_the_minute(&app).await,
    ];
    let faults: Vec<Fault> = outcomes.into_iter().filter_map(Result::err).collect();
    for fault in &faults {
        tracing::error!(error = fault.chain(), "a minute's work was not done");
    }
    faults.into_iter().next().map_or(Ok(()), Err)
}
