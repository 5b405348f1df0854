//! The loops that keep every event source going: each sleeps until something changed or the next thing is due.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use shared::clock::{Clock, Timestamp};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::aws::Aws;
use crate::event_source::{Notifications, Queue, Schedule, Sources, Stream, Trim};
use crate::state;

/// Nothing sleeps longer than this, in case that a change went unnoticed.
const SLEEP_MAX: Duration = Duration::from_secs(20);

/// After a failure of the emulation itself.
const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(1);

/// Between two tries of a failing batch of stream records, doubled each time.
const STREAM_RETRY_AFTER: Duration = Duration::from_millis(100);
const STREAM_RETRY_AFTER_MAX: Duration = Duration::from_secs(10);

/// Between two removals of what has had its time: expired items, and records of streams.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Spawns a loop for each event source; `batches_at_once` tells how many batches of a queue a function works on.
pub fn spawn(sources: Sources, aws: Aws, batches_at_once: impl Fn(&str) -> usize, tasks: &mut JoinSet<()>) {
    for queue in sources.queues {
        let permits = Arc::new(Semaphore::new(batches_at_once(&queue.function)));
        tasks.spawn(run_queue(queue, permits));
    }
    for notifications in sources.notifications {
        tasks.spawn(run_notifications(notifications));
    }
    tasks.spawn(sweep(aws, Trim::all(&sources.streams)));
    for stream in sources.streams {
        tasks.spawn(run_stream(stream));
    }
    for schedule in sources.schedules {
        tasks.spawn(run_schedule(schedule));
    }
}

async fn run_queue(queue: Queue, permits: Arc<Semaphore>) {
    let aws = queue.around.aws.clone();
    let mut changed = aws.sqs.changed();
    while let Ok(permit) = Arc::clone(&permits).acquire_owned().await {
        changed.mark_unchanged();
        let messages = report(queue.receive()).await.unwrap_or_default();
        if messages.is_empty() {
            drop(permit);
            let next = report(aws.sqs.next_visible_at(&queue.source.queue)).await.flatten();
            tokio::select! {
                _ = changed.changed() => {}
                () = sleep(until(next, &queue.around.clock)) => {}
            }
            continue;
        }
        let queue = queue.clone();
        tokio::spawn(async move {
            report(queue.deliver(messages).await).await;
            drop(permit);
        });
    }
}

async fn run_notifications(notifications: Notifications) {
    let s3 = notifications.around.aws.s3.clone();
    loop {
        let due = report(notifications.due()).await.unwrap_or_default();
        if due.is_empty() {
            let next = report(s3.next_notification_at()).await.flatten();
            tokio::select! {
                () = s3.changed() => {}
                () = sleep(until(next, &notifications.around.clock)) => {}
            }
            continue;
        }
        for delivered in join_all(due.iter().map(|one| notifications.deliver(one))).await {
            report(delivered).await;
        }
    }
}

async fn run_stream(mut stream: Stream) {
    let mut changed = stream.around.aws.dynamodb.changed();
    let mut pause = STREAM_RETRY_AFTER;
    loop {
        changed.mark_unchanged();
        let delivered = report(stream.deliver().await).await.unwrap_or(false);
        if stream.has_failed() {
            sleep(pause).await;
            pause = (pause * 2).min(STREAM_RETRY_AFTER_MAX);
            continue;
        }
        pause = STREAM_RETRY_AFTER;
        if !delivered {
            tokio::select! {
                _ = changed.changed() => {}
                () = sleep(SLEEP_MAX) => {}
            }
        }
    }
}

async fn run_schedule(schedule: Schedule) {
    loop {
        sleep(schedule.every).await;
        report(schedule.deliver().await).await;
    }
}

async fn sweep(aws: Aws, trims: Vec<Trim>) {
    loop {
        sleep(SWEEP_EVERY).await;
        report(aws.dynamodb.sweep()).await;
        for trim in &trims {
            report(trim.run()).await;
        }
    }
}

fn until(next: Option<Timestamp>, clock: &Clock) -> Duration {
    // A millisecond more, because what is due at this very moment was looked at already.
    let rest = next.map_or(SLEEP_MAX, |next| next.since(clock.now()) + Duration::from_millis(1));
    rest.min(SLEEP_MAX)
}

/// Logs a failure of the emulation, and slows its loop down.
async fn report<T>(result: state::Result<T>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            tracing::error!(%error, "the local stack failed");
            sleep(PAUSE_AFTER_ERROR).await;
            None
        }
    }
}
