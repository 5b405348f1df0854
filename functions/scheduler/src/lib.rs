//! EventBridge, every minute: what must happen by the clock.

use std::sync::Arc;

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use lambda_runtime::LambdaEvent;
use serde_json::Value;
use shared::app::App;
use shared::error::Fault;
use shared::lambda::deadline;
use shared::operations::{jobs, rescue, usage};
use shared::work_log::{About, Kind, Outcome};

/// When each task begins nothing new any more, in percent of the invocation. The rest is left to the next minute: all of
/// them together take less than half, so that the minute is done on a bad day, too.
const DUE_JOBS_UNTIL: u32 = 15;
const DEAD_LETTERS_UNTIL: u32 = 20;
const FAILURES_UNTIL: u32 = 23;
const ASKED_AUDIT_UNTIL: u32 = 33;
const AUDIT_SEGMENT_UNTIL: u32 = 38;
const RECOUNTS_UNTIL: u32 = 43;

/// Does all of a minute's work. A task that fails is logged and tried again in the next minute; it holds no other up.
pub async fn handle(app: Arc<App>, event: LambdaEvent<EventBridgeEvent<Value>>) -> Result<(), Fault> {
    let began = app.clock.now();
    let time = deadline(&event.context, began).since(began);
    let until = |percent| began + time * percent / 100;
    let minute = Minute { app: &app, invocation_id: &event.context.request_id };
    let outcomes = [
        minute.task(Kind::DueJobs, jobs::dispatch_due_jobs(&app, until(DUE_JOBS_UNTIL))).await,
        minute.task(Kind::DeadLetters, rescue::drain_dead_letters(&app, until(DEAD_LETTERS_UNTIL))).await,
        minute.task(Kind::Failures, rescue::drain_failures(&app, until(FAILURES_UNTIL))).await,
        minute.task(Kind::AskedAudit, rescue::audit_asked_for(&app, until(ASKED_AUDIT_UNTIL))).await,
        minute
            .task(Kind::AuditSegment, rescue::audit_segment_of_the_minute(&app, until(AUDIT_SEGMENT_UNTIL)))
            .await,
        minute.task(Kind::Recounts, usage::recount_usage(&app, until(RECOUNTS_UNTIL))).await,
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
