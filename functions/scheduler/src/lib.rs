//! EventBridge, every minute: what must happen by the clock.

use std::sync::Arc;

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use lambda_runtime::LambdaEvent;
use serde_json::Value;
use shared::app::App;
use shared::error::Fault;
use shared::lambda::deadline;
use shared::operations;
use shared::work_log::{About, Kind, Outcome};

/// Does all of a minute's work. A task that fails is logged and tried again in the next minute; it holds no other up.
pub async fn handle(app: Arc<App>, event: LambdaEvent<EventBridgeEvent<Value>>) -> Result<(), Fault> {
    let deadline = deadline(&event.context, app.clock.now());
    let minute = Minute { app: &app, invocation_id: &event.context.request_id };
    let outcomes = [
        minute.task(Kind::DueJobs, operations::jobs::dispatch_due_jobs(&app, deadline)).await,
        minute.task(Kind::DeadLetters, operations::rescue::drain_dead_letters(&app)).await,
        minute.task(Kind::Failures, operations::rescue::drain_failures(&app)).await,
        minute.task(Kind::AskedAudit, operations::rescue::audit_asked_for(&app, deadline)).await,
        minute
            .task(Kind::AuditSegment, operations::rescue::audit_segment_of_the_minute(&app, deadline))
            .await,
        minute.task(Kind::Recounts, operations::usage::recount_usage(&app, deadline)).await,
    ];
    outcomes.into_iter().collect()
}

struct Minute<'a> {
    app: &'a App,
    invocation_id: &'a str,
}

impl Minute<'_> {
    /// Does one of the minute's tasks, and logs it. The task returns how many rows or messages it found work with.
    async fn task(&self, kind: Kind, work: impl Future<Output = Result<u64, Fault>>) -> Result<(), Fault> {
        let mut unit = self.app.work_log.begin(kind, About::invocation(self.invocation_id));
        let done = work.await;
        unit.about.items = done.as_ref().ok().copied();
        unit.end_with(done.map(|items| if items > 0 { Outcome::Succeeded } else { Outcome::Skipped }))
    }
}
