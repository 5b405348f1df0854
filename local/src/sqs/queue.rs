//! A queue's settings and names, and the bounds that AWS sets for them.

use std::time::Duration;

use crate::sqs::limits::MESSAGE_BYTES_MAX;
use crate::sqs::rejection::Rejection;

/// The one account that the local stack emulates.
pub const ACCOUNT: &str = "000000000000";
/// The one region that the local stack emulates.
pub const REGION: &str = "us-east-1";

const NAME_LENGTH_MAX: usize = 80;
pub const VISIBILITY_TIMEOUT_MAX: Duration = Duration::from_hours(12);
pub const DELAY_MAX: Duration = Duration::from_mins(15);
pub const RECEIVE_WAIT_MAX: Duration = Duration::from_secs(20);
pub const RETENTION_MIN: Duration = Duration::from_mins(1);
pub const RETENTION_MAX: Duration = Duration::from_hours(14 * 24);
pub const MESSAGE_BYTES_MIN: usize = 1024;
pub const MAX_RECEIVE_COUNT_MAX: u32 = 1000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSettings {
    pub name: String,
    pub visibility_timeout: Duration,
    pub retention: Duration,
    /// For messages that do not say how long they are delayed.
    pub delay: Duration,
    /// How long a receive waits for a message if it does not say so itself.
    pub receive_wait: Duration,
    pub maximum_message_bytes: usize,
    pub redrive: Option<Redrive>,
    /// Whether groups with few messages in flight go before noisy ones. AWS always does this.
    pub fair: bool,
}

/// Where a message goes instead of being received once more after `max_receive_count` times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redrive {
    /// The queue's name. While there is no such queue, nothing is moved.
    pub dead_letter_queue: String,
    pub max_receive_count: u32,
}

impl QueueSettings {
    /// The settings of a queue for which nothing but its name is given.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            visibility_timeout: Duration::from_secs(30),
            retention: Duration::from_hours(4 * 24),
            delay: Duration::ZERO,
            receive_wait: Duration::ZERO,
            maximum_message_bytes: MESSAGE_BYTES_MAX,
            redrive: None,
            fair: true,
        }
    }

    pub fn check(&self) -> Result<(), Rejection> {
        check_name(&self.name)?;
        let max_receive_count = self.redrive.as_ref().map_or(1, |redrive| redrive.max_receive_count);
        let bounds = [
            ("VisibilityTimeout", self.visibility_timeout <= VISIBILITY_TIMEOUT_MAX),
            ("MessageRetentionPeriod", (RETENTION_MIN..=RETENTION_MAX).contains(&self.retention)),
            ("DelaySeconds", self.delay <= DELAY_MAX),
            ("ReceiveMessageWaitTimeSeconds", self.receive_wait <= RECEIVE_WAIT_MAX),
            (
                "MaximumMessageSize",
                (MESSAGE_BYTES_MIN..=MESSAGE_BYTES_MAX).contains(&self.maximum_message_bytes),
            ),
            ("RedrivePolicy", (1..=MAX_RECEIVE_COUNT_MAX).contains(&max_receive_count)),
        ];
        match bounds.iter().find(|(_, within)| !within) {
            Some((attribute, _)) => Err(Rejection::invalid_attribute(attribute)),
            None => Ok(()),
        }
    }
}

fn check_name(name: &str) -> Result<(), Rejection> {
    if name.ends_with(".fifo") {
        return Err(Rejection::UnsupportedOperation("FIFO queues are not emulated.".to_owned()));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > NAME_LENGTH_MAX || !name.chars().all(allowed) {
        return Err(Rejection::InvalidParameterValue(format!(
            "The queue name {name:?} can only include alphanumeric characters, hyphens, or underscores, 1 to \
             {NAME_LENGTH_MAX} in length."
        )));
    }
    Ok(())
}

pub fn queue_arn(name: &str) -> String {
    format!("{}{name}", arn_prefix())
}

/// The name in the ARN of one of this stack's queues.
pub fn name_in_arn(arn: &str) -> Option<&str> {
    arn.strip_prefix(&arn_prefix()).filter(|name| check_name(name).is_ok())
}

fn arn_prefix() -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_in_an_arn_is_that_of_the_queue() {
        assert_eq!(name_in_arn(&queue_arn("jobs")), Some("jobs"));
        for other in
            ["jobs", "arn:aws:sqs:eu-west-1:000000000000:jobs", "arn:aws:sqs:us-east-1:000000000000:"]
        {
            assert_eq!(name_in_arn(other), None);
        }
    }

    #[test]
    fn a_name_out_of_bounds_is_refused() {
        assert!(QueueSettings::named("a-B_9".repeat(16)).check().is_ok());
        for name in ["", "a b", "a/b", "jobs.fifo", &"x".repeat(81)] {
            assert!(QueueSettings::named(name).check().is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_setting_out_of_bounds_is_refused() {
        let changes: [fn(&mut QueueSettings); 8] = [
            |settings| settings.visibility_timeout = VISIBILITY_TIMEOUT_MAX + Duration::from_secs(1),
            |settings| settings.retention = RETENTION_MIN - Duration::from_secs(1),
            |settings| settings.retention = RETENTION_MAX + Duration::from_secs(1),
            |settings| settings.delay = DELAY_MAX + Duration::from_secs(1),
            |settings| settings.receive_wait = RECEIVE_WAIT_MAX + Duration::from_secs(1),
            |settings| settings.maximum_message_bytes = MESSAGE_BYTES_MAX + 1,
            |settings| settings.maximum_message_bytes = MESSAGE_BYTES_MIN - 1,
            |settings| {
                settings.redrive = Some(Redrive { dead_letter_queue: "dead".into(), max_receive_count: 0 });
            },
        ];
        for change in changes {
            let mut settings = QueueSettings::named("jobs");
            change(&mut settings);
            assert!(matches!(settings.check(), Err(Rejection::InvalidAttributeValue(_))), "{settings:?}");
        }
    }
}
