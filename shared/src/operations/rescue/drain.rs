use serde_json::Value;

use super::audit::send_again;
use crate::app::App;
use crate::aws::DeadLetter;
use crate::error::Fault;
use crate::job::Delivery;
use crate::metrics::{self, Metric};
use crate::operations::usage::expedite_recounts;
use crate::work_log::{About, log_item};

/// What one invocation takes out of a box, so that it ends in time.
const ROUNDS_MAX: usize = 20;

/// A row holds 400 KB; a message that no job claims is of use by its beginning.
const BODY_CHARS_KEPT: usize = 10_000;

/// Of each field of a letter that tells of a failure, the log holds at most this much.
const FAILURE_CHARS_LOGGED: usize = 1000;

/// Looks for invocations and stream records that Lambda gave up, and answers how many letters told of some: their work
/// is found by an audit of the whole table.
///
/// The audit is recorded before the letter is removed: a crash in between asks for it twice.
pub async fn drain_failures(app: &App) -> Result<u64, Fault> {
    let mut drained = 0;
    for _ in 0..ROUNDS_MAX {
        let letters = app.failures.receive().await?;
        if letters.is_empty() {
            break;
        }
        if letters.iter().any(asks_for_audit) {
            let audit = app.table.asked_audit().await?.unwrap_or_default();
            app.table.set_asked_audit(Some(audit.anew())).await?;
        }
        if letters.iter().any(asks_for_recount) {
            expedite_recounts(app).await?;
        }
        for letter in letters {
            log_failure(&letter);
            app.failures.remove(&letter).await?;
            drained += 1;
        }
    }
    Ok(drained)
}

/// Records of the stream that were not counted are made up for by a recount. The names of stack and function are one, so
/// now and then one is made that nobody needs.
fn asks_for_recount(letter: &DeadLetter) -> bool {
    let body: Value = serde_json::from_str(&letter.body).unwrap_or_default();
    let function = body["requestContext"]["functionArn"].as_str().unwrap_or_default();
    body["DDBStreamBatchInfo"].is_object() && function.to_ascii_lowercase().contains("observer")
}

/// Says what Lambda gave up, without the event itself: it holds addresses of clients.
fn log_failure(letter: &DeadLetter) {
    let body: Value = serde_json::from_str(&letter.body).unwrap_or_default();
    let text = |value: &Value| -> String {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.chars().take(FAILURE_CHARS_LOGGED).collect()
    };
    tracing::error!(
        letter.id = letter.id,
        letter.function = text(&body["requestContext"]["functionArn"]),
        letter.condition = text(&body["requestContext"]["condition"]),
        letter.error = text(&body["responsePayload"]["errorMessage"]),
        letter.records = text(&body["DDBStreamBatchInfo"]),
        "Lambda gave up"
    );
}

/// A minute's work that was given up is done by the next minute; an audit for each would make a fault dear.
fn asks_for_audit(letter: &DeadLetter) -> bool {
    let body: Value = serde_json::from_str(&letter.body).unwrap_or_default();
    body["requestPayload"]["detail-type"] != "Scheduled Event"
}

/// Brings dead letters into sight, and answers how many: one whose job is unfinished is sent again, any other is kept as
/// a row.
///
/// A letter is removed only after that, so a crash in between does it twice, which changes nothing. One that cannot be
/// handled stays in the box and holds up no other.
pub async fn drain_dead_letters(app: &App) -> Result<u64, Fault> {
    let (mut drained, mut failed) = (0, None);
    for _ in 0..ROUNDS_MAX {
        let letters = app.dead_letters.receive().await?;
        if letters.is_empty() {
            break;
        }
        for letter in letters {
            match handle_dead_letter(app, &letter).await {
                Ok(()) => drained += 1,
                Err(fault) => failed = Some(fault),
            }
        }
    }
    failed.map_or(Ok(drained), Err)
}

async fn handle_dead_letter(app: &App, letter: &DeadLetter) -> Result<(), Fault> {
    let delivery: Option<Delivery> = serde_json::from_str(&letter.body).ok();
    let job = match &delivery {
        Some(delivery) => app.table.get_job(&delivery.tenant, &delivery.job).await?,
        None => None,
    };
    match (delivery, job) {
        (Some(delivery), Some(job)) if !job.state.is_final() && job.dispatch == delivery.dispatch => {
            log_item("a dead letter is sent again", &About::job(&job));
            send_again(app, &job).await?;
        }
        (_, Some(_)) => {}
        (delivery, None) => keep(app, letter, delivery.as_ref()).await?,
    }
    app.dead_letters.remove(letter).await
}

async fn keep(app: &App, letter: &DeadLetter, delivery: Option<&Delivery>) -> Result<(), Fault> {
    let about = delivery.map(About::delivery).unwrap_or_default();
    let about = About { message_id: Some(letter.id.clone()), ..about };
    let body: String = letter.body.chars().take(BODY_CHARS_KEPT).collect();
    if app.table.keep_dead_letter("media", &letter.id, &body, app.clock.now()).await? {
        metrics::count(Metric::DeadLettersKept, about.request_id.as_ref());
    }
    log_item("no job claims this message", &about);
    Ok(())
}
