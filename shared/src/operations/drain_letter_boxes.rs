use serde_json::Value;

use crate::app::App;
use crate::aws::Letter;
use crate::error::Fault;
use crate::job::Delivery;
use crate::operations::audit_table::send_again;

/// What one invocation takes out of a box, so that it ends in time.
const ROUNDS_MAX: usize = 20;

/// A row holds 400 KB; the whole message is in the log.
const BODY_CHARS_KEPT: usize = 10_000;

/// Looks for invocations and stream records that Lambda gave up: their work is found by an audit of the whole table.
///
/// The audit is recorded before the letter is removed: a crash in between asks for it twice.
pub async fn drain_failures(app: &App) -> Result<(), Fault> {
    for _ in 0..ROUNDS_MAX {
        let letters = app.failures.receive().await?;
        if letters.is_empty() {
            return Ok(());
        }
        if letters.iter().any(asks_for_audit) {
            let audit = app.table.asked_audit().await?.unwrap_or_default();
            app.table.set_asked_audit(Some(audit.anew())).await?;
        }
        for letter in letters {
            tracing::error!(letter.id = letter.id, letter.body = letter.body, "Lambda gave up");
            app.failures.remove(&letter).await?;
        }
    }
    Ok(())
}

/// A minute's work that was given up is done by the next minute; an audit for each would make a fault dear.
fn asks_for_audit(letter: &Letter) -> bool {
    let body: Value = serde_json::from_str(&letter.body).unwrap_or_default();
    body["requestPayload"]["detail-type"] != "Scheduled Event"
}

/// Brings dead letters into sight: one whose job is unfinished is sent again, any other is kept as a row.
///
/// A letter is removed only after that, so a crash in between does it twice, which changes nothing. One that cannot be
/// handled stays in the box and holds up no other.
pub async fn drain_dead_letters(app: &App) -> Result<(), Fault> {
    let mut failed = None;
    for _ in 0..ROUNDS_MAX {
        let letters = app.dead_letters.receive().await?;
        if letters.is_empty() {
            break;
        }
        for letter in letters {
            if let Err(fault) = handle_dead_letter(app, &letter).await {
                failed = Some(fault);
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn handle_dead_letter(app: &App, letter: &Letter) -> Result<(), Fault> {
    let delivery: Option<Delivery> = serde_json::from_str(&letter.body).ok();
    let job = match &delivery {
        Some(delivery) => app.table.get_job(&delivery.tenant, &delivery.job).await?,
        None => None,
    };
    match (delivery, job) {
        (Some(delivery), Some(job)) if !job.state.is_final() && job.dispatch == delivery.dispatch => {
            send_again(app, &job).await?;
        }
        (_, Some(_)) => {}
        (_, None) => {
            tracing::error!(letter.id = letter.id, letter.body = letter.body, "no job claims this message");
            let body: String = letter.body.chars().take(BODY_CHARS_KEPT).collect();
            app.table.keep_dead_letter("media", &letter.id, &body, app.clock.now()).await?;
        }
    }
    app.dead_letters.remove(letter).await
}
