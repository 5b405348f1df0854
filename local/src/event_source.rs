//! Event sources: what invokes functions, as Lambda's own do.
//!
//! Each delivers one thing at a time when asked to; the running stack asks whenever something changed, a test when it
//! is that source's turn. Functions expect repeats, so each source may be hostile: see [`crate::hostile`].

mod delivery;
mod failure;
mod notifications;
mod positions;
mod queue;
mod schedule;
mod stream;
mod trim;

pub use delivery::Rest;
pub use notifications::Notifications;
pub use positions::Positions;
pub use queue::Queue;
pub use schedule::Schedule;
pub use stream::{Stream, Trouble};
pub use trim::Trim;

use serde_json::Value;
use shared::clock::Clock;

use crate::aws::Aws;
use crate::cloudwatch::CloudWatch;
use crate::hostile::Hostility;
use crate::lambda::Invoker;
use crate::sqs::NewMessage;
use crate::state;
use crate::template::{Deployment, Event, Template};

/// Every event source that a template declares, but HTTP, which the gateway serves.
pub struct Sources {
    pub queues: Vec<Queue>,
    pub notifications: Vec<Notifications>,
    pub streams: Vec<Stream>,
    pub schedules: Vec<Schedule>,
}

/// The values that all event sources are made with.
#[derive(Clone)]
pub struct Surroundings {
    pub aws: Aws,
    pub invoker: Invoker,
    pub clock: Clock,
    pub hostility: Hostility,
    pub positions: Positions,
    /// How many shards a stream is split into, each of which progresses by itself.
    pub shards: usize,
    pub cloudwatch: CloudWatch,
}

impl Surroundings {
    /// Sends what was given up to the queue that is told of it, if there is one.
    fn tell(&self, queue: Option<&String>, given_up: &Value) -> state::Result<()> {
        let Some(queue) = queue else { return Ok(()) };
        let metric = ("AWS/SQS", "NumberOfMessagesSent");
        self.cloudwatch.record(metric, Some(("QueueName", queue)), 1, self.clock.now());
        self.aws.sqs.send(queue, NewMessage::with_body(given_up.to_string()))?;
        Ok(())
    }
}

impl Sources {
    pub fn of(template: &Template, deployment: &Deployment, around: &Surroundings) -> Self {
        let mut sources = Self {
            queues: Vec::new(),
            notifications: Vec::new(),
            streams: Vec::new(),
            schedules: Vec::new(),
        };
        for function in &template.functions {
            let name = &function.name;
            let function_arn = deployment.function_arn(&function.deployed_name);
            for event in &function.events {
                match event {
                    Event::HttpApi(_) => {}
                    Event::Sqs(source) => sources.queues.push(Queue {
                        function: name.clone(),
                        source: source.clone(),
                        around: around.clone(),
                    }),
                    // One source delivers all that the bucket notes, whichever of its prefixes it is under.
                    Event::S3(_) if sources.notifications.iter().any(|other| other.function == *name) => {}
                    Event::S3(_) => sources.notifications.push(Notifications {
                        function: name.clone(),
                        function_arn: function_arn.clone(),
                        retries: function.async_retries,
                        age_max: function.async_event_age_max,
                        on_failure: function.on_failure.clone(),
                        around: around.clone(),
                    }),
                    Event::DynamoDbStream(source) => {
                        let shards = 0..around.shards;
                        sources.streams.extend(shards.map(|shard| Stream {
                            function: name.clone(),
                            function_arn: function_arn.clone(),
                            stream_arn: deployment.stream_arn(&source.table),
                            source: source.clone(),
                            shard,
                            around: around.clone(),
                            trouble: Trouble::default(),
                        }));
                    }
                    Event::Schedule(schedule) => sources.schedules.push(Schedule {
                        function: name.clone(),
                        function_arn: function_arn.clone(),
                        every: schedule.every,
                        retries: function.async_retries,
                        on_failure: function.on_failure.clone(),
                        around: around.clone(),
                    }),
                }
            }
        }
        sources
    }
}

/// The identifiers that a function asks to have again; `None` when the answer cannot be read, which means all.
fn batch_item_failures(answer: &[u8]) -> Option<Vec<String>> {
    if answer.is_empty() || answer == b"null" {
        return Some(Vec::new());
    }
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let Some(failures) = answer.get("batchItemFailures").filter(|failures| !failures.is_null()) else {
        return Some(Vec::new());
    };
    failures.as_array()?.iter().map(|failure| Some(failure["itemIdentifier"].as_str()?.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_what_must_come_again() {
        assert_eq!(batch_item_failures(b"null"), Some(vec![]));
        assert_eq!(batch_item_failures(b"{}"), Some(vec![]));
        let answer = br#"{"batchItemFailures":[{"itemIdentifier":"a"}]}"#;
        assert_eq!(batch_item_failures(answer), Some(vec!["a".to_owned()]));
    }

    #[test]
    fn an_answer_that_makes_no_sense_means_all() {
        for answer in [&b"what"[..], br#"{"batchItemFailures":1}"#, br#"{"batchItemFailures":[{}]}"#] {
            assert_eq!(batch_item_failures(answer), None);
        }
    }
}
