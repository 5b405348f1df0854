//! All queues that a function was told of. One that it uses and was not told of is a fault.

use std::collections::HashMap;

use aws_sdk_sqs::Client;

use crate::aws::{DeadLetterQueue, JobQueue};
use crate::config::QueueConfig;
use crate::error::Fault;
use crate::queue::Queue;

#[derive(Clone, Debug)]
pub struct Queues {
    jobs: HashMap<Queue, JobQueue>,
    dead_letters: HashMap<Queue, DeadLetterQueue>,
    failures: Option<DeadLetterQueue>,
}

impl Queues {
    pub fn new(client: Client, config: &QueueConfig) -> Self {
        let job_queue = |(queue, url): (&Queue, &String)| (*queue, JobQueue::new(client.clone(), url));
        let dead_letters =
            |(queue, url): (&Queue, &String)| (*queue, DeadLetterQueue::new(client.clone(), url));
        Self {
            jobs: config.urls.iter().map(job_queue).collect(),
            dead_letters: config.dead_letter_urls.iter().map(dead_letters).collect(),
            failures: config.failure_url.as_deref().map(|url| DeadLetterQueue::new(client.clone(), url)),
        }
    }

    /// A queue of jobs.
    pub fn of(&self, queue: Queue) -> Result<&JobQueue, Fault> {
        self.jobs.get(&queue).ok_or_else(|| unknown(&queue.url_variable()))
    }

    /// The messages that a queue of jobs gave up.
    pub fn dead_letters_of(&self, queue: Queue) -> Result<&DeadLetterQueue, Fault> {
        self.dead_letters.get(&queue).ok_or_else(|| unknown(&queue.dead_letter_url_variable()))
    }

    /// The invocations and stream records that Lambda gave up.
    pub fn failures(&self) -> Result<&DeadLetterQueue, Fault> {
        self.failures.as_ref().ok_or_else(|| unknown("FAILURE_QUEUE_URL"))
    }
}

fn unknown(variable: &str) -> Fault {
    Fault::new("finding a queue", format!("{variable} is not set for this function"))
}
