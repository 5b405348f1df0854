//! S3 notifications that invoke a function asynchronously: two retries, then the failure destination.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use shared::clock::Timestamp;

use crate::event_source::{Surroundings, failure};
use crate::hostile::Percent;
use crate::lambda::InvokeError;
use crate::s3::Notification;
use crate::state;

const NEVER_COMES: Percent = 5;
const COMES_LATE: Percent = 15;
const COMES_AGAIN: Percent = 15;
const LATE_BY: Duration = Duration::from_secs(180);

/// Lambda waits this long before the first retry and twice as long before the second.
const RETRY_AFTER: Duration = Duration::from_secs(60);

/// An event that was throttled comes again after as long as it has waited, within these bounds.
const THROTTLED_RETRY_AFTER_MIN: Duration = Duration::from_secs(1);
const THROTTLED_RETRY_AFTER_MAX: Duration = Duration::from_secs(5 * 60);

/// Notifications are read in batches of this length, so that a burst is spread over the function's environments.
const BATCH_LENGTH: usize = 10;

#[derive(Clone)]
pub struct Notifications {
    pub function: String,
    pub function_arn: String,
    pub retries: u32,
    /// How long an event is kept that cannot be delivered.
    pub age_max: Duration,
    /// The name of the queue that is told of what was given up.
    pub on_failure: Option<String>,
    pub around: Surroundings,
}

impl Notifications {
    pub fn due(&self) -> state::Result<Vec<Notification>> {
        let mut due = self.around.aws.s3.due_notifications(self.around.clock.now(), BATCH_LENGTH)?;
        self.around.hostility.reorder(&mut due, 0);
        Ok(due)
    }

    /// Invokes the function with one notification, and keeps it for a retry if that fails.
    pub async fn deliver(&self, notification: &Notification) -> state::Result<()> {
        if self.around.hostility.strikes(NEVER_COMES) {
            return self.around.aws.s3.notification_done(notification.id);
        }
        if self.around.hostility.strikes(COMES_LATE) {
            let later = self.around.clock.now() + LATE_BY;
            return self.around.aws.s3.notification_retry(notification.id, notification.attempts, later);
        }
        let payload = json!({ "Records": [notification.event] });
        let answer = self.around.invoker.invoke(&self.function, Bytes::from(payload.to_string())).await;
        let now = self.around.clock.now();
        match answer {
            Ok(_) if self.around.hostility.strikes(COMES_AGAIN) => Ok(()),
            Ok(_) => self.around.aws.s3.notification_done(notification.id),
            // It was not run: that is no attempt.
            Err(InvokeError::Throttled) if self.age(notification, now) < self.age_max => {
                let wait =
                    self.age(notification, now).clamp(THROTTLED_RETRY_AFTER_MIN, THROTTLED_RETRY_AFTER_MAX);
                self.around.aws.s3.notification_retry(notification.id, notification.attempts, now + wait)
            }
            Err(error) if notification.attempts < self.retries => {
                tracing::warn!(function = self.function, %error, "a notification failed");
                let attempts = notification.attempts + 1;
                self.around.aws.s3.notification_retry(notification.id, attempts, now + RETRY_AFTER * attempts)
            }
            Err(error) => self.give_up(notification, &payload, &error, now),
        }
    }

    /// How long ago the object was stored.
    fn age(&self, notification: &Notification, now: Timestamp) -> Duration {
        let stored_at = notification.event["eventTime"].as_str().and_then(Timestamp::from_rfc3339);
        stored_at.map_or(Duration::ZERO, |stored_at| now.since(stored_at))
    }

    /// The destination is told before the notification is forgotten.
    fn give_up(
        &self,
        notification: &Notification,
        payload: &Value,
        error: &InvokeError,
        now: Timestamp,
    ) -> state::Result<()> {
        tracing::error!(function = self.function, %error, "a notification was given up");
        let attempts = notification.attempts + 1;
        let told = failure::of_invocation(&self.function_arn, payload, error, attempts, now);
        self.around.tell(self.on_failure.as_ref(), &told)?;
        self.around.aws.s3.notification_done(notification.id)
    }
}
