use futures_util::FutureExt;
use serde_json::Value;

use crate::app::App;
use crate::aws::{DeadLetter, DeadLetterQueue};
use crate::clock::Timestamp;
use crate::concurrently;
use crate::error::Fault;
use crate::job::Delivery;
use crate::metrics::{self, Metric};
use crate::operations::jobs::send_job;
use crate::operations::usage::expedite_recounts;
use crate::queue::Queue;
use crate::work_log::{About, log_item};

/// A call receives no more, so that all are handled at once.
const MESSAGES_AT_ONCE: usize = 10;

/// A row holds 400 KB; a message that no job claims is of use by its beginning.
const BODY_CHARS_KEPT: usize = 10_000;

/// The log holds at most this much of each field of a failure.
const FAILURE_CHARS_LOGGED: usize = 1000;

/// Drains the queue of invocations and stream records that Lambda gave up, and returns how many there were: their work
/// is found by an audit of the whole table. It begins nothing after `until`: the rest is left to the next minute.
///
/// The audit is recorded before the message is removed: a crash in between asks for it twice.
pub async fn drain_failures(app: &App, until: Timestamp) -> Result<u64, Fault> {
    let failures = app.queues.failures()?;
    let mut drained = 0;
    while app.clock.now() < until {
        let messages = failures.receive().await?;
        if messages.is_empty() {
            break;
        }
        if messages.iter().any(asks_for_audit) {
            let audit = app.table.asked_audit().await?.unwrap_or_default();
            app.table.set_asked_audit(Some(&audit.anew())).await?;
        }
        if messages.iter().any(asks_for_recount) {
            expedite_recounts(app).await?;
        }
        messages.iter().for_each(log_failure);
        let removals = messages.iter().map(|message| failures.remove(message).boxed()).collect();
        let removed = concurrently::all(MESSAGES_AT_ONCE, removals).await;
        drained += removed.into_iter().collect::<Result<Vec<()>, Fault>>()?.len() as u64;
    }
    Ok(drained)
}

/// Records of the stream that were not counted are made up for by a recount. The names of stack and function are one, so
/// now and then one is made that nobody needs.
fn asks_for_recount(message: &DeadLetter) -> bool {
    let body: Value = serde_json::from_str(&message.body).unwrap_or_default();
    let function = body["requestContext"]["functionArn"].as_str().unwrap_or_default();
    body["DDBStreamBatchInfo"].is_object() && function.to_ascii_lowercase().contains("observer")
}

/// Says what Lambda gave up, without the event itself: it holds addresses of clients.
fn log_failure(message: &DeadLetter) {
    let body: Value = serde_json::from_str(&message.body).unwrap_or_default();
    let text = |value: &Value| -> String {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.chars().take(FAILURE_CHARS_LOGGED).collect()
    };
    tracing::error!(
        message.id = message.id,
        message.function = text(&body["requestContext"]["functionArn"]),
        message.condition = text(&body["requestContext"]["condition"]),
        message.error = text(&body["responsePayload"]["errorMessage"]),
        message.records = text(&body["DDBStreamBatchInfo"]),
        "Lambda gave up"
    );
}

/// A minute's work that was given up is done by the next minute; an audit for each would make a fault dear.
fn asks_for_audit(message: &DeadLetter) -> bool {
    let body: Value = serde_json::from_str(&message.body).unwrap_or_default();
    body["requestPayload"]["detail-type"] != "Scheduled Event"
}

/// Drains the dead-letter queue of every queue of jobs, and returns how many messages: one whose job is unfinished is
/// sent again, any other is kept as a row.
///
/// A message is removed only after that, so a crash in between does it twice, which changes nothing. One that cannot be
/// handled stays in its queue and holds up no other. It begins nothing after `until`.
pub async fn drain_dead_letters(app: &App, until: Timestamp) -> Result<u64, Fault> {
    let (mut drained, mut failed) = (0, None);
    for queue in Queue::ALL {
        match drain_queue(app, queue, until).await {
            Ok(of_queue) => drained += of_queue,
            Err(fault) => failed = Some(fault),
        }
    }
    failed.map_or(Ok(drained), Err)
}

async fn drain_queue(app: &App, queue: Queue, until: Timestamp) -> Result<u64, Fault> {
    let dead_letters = app.queues.dead_letters_of(queue)?;
    let (mut drained, mut failed) = (0, None);
    while app.clock.now() < until {
        let messages = dead_letters.receive().await?;
        if messages.is_empty() {
            break;
        }
        let handled =
            messages.iter().map(|message| settle(app, queue, dead_letters, message).boxed()).collect();
        for handled in concurrently::all(MESSAGES_AT_ONCE, handled).await {
            match handled {
                Ok(()) => drained += 1,
                Err(fault) => failed = Some(fault),
            }
        }
    }
    failed.map_or(Ok(drained), Err)
}

async fn settle(
    app: &App,
    queue: Queue,
    dead_letters: &DeadLetterQueue,
    message: &DeadLetter,
) -> Result<(), Fault> {
    handle_dead_letter(app, queue, message).await?;
    dead_letters.remove(message).await
}

async fn handle_dead_letter(app: &App, queue: Queue, message: &DeadLetter) -> Result<(), Fault> {
    let delivery: Option<Delivery> = serde_json::from_str(&message.body).ok();
    let job = match &delivery {
        Some(delivery) => app.table.get_job(&delivery.tenant, &delivery.job).await?,
        None => None,
    };
    match (delivery, job) {
        (Some(delivery), Some(job)) if !job.state.is_final() && job.dispatch == delivery.dispatch => {
            log_item("a dead letter is sent again", &About::job(&job));
            send_job(app, &job).await
        }
        (_, Some(_)) => Ok(()),
        (delivery, None) => keep(app, queue, message, delivery.as_ref()).await,
    }
}

async fn keep(
    app: &App,
    queue: Queue,
    message: &DeadLetter,
    delivery: Option<&Delivery>,
) -> Result<(), Fault> {
    let about = delivery.map(About::delivery).unwrap_or_default();
    let about = About { message_id: Some(message.id.clone()), ..about };
    let body: String = message.body.chars().take(BODY_CHARS_KEPT).collect();
    if app.table.keep_dead_letter(queue.name(), &message.id, &body, app.clock.now()).await? {
        metrics::count(Metric::DeadLettersKept, about.request_id.as_ref());
    }
    log_item("no job claims this message", &about);
    Ok(())
}
