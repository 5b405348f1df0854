//! The queues as their users see them: through the in-process face, and through the real SDK client.

mod client;

mod batches;
mod fairness;
mod lifetime;
mod long_polling;
mod queues;
mod redrive;
mod sending;
mod visibility;

use std::time::Duration;

use shared::clock::{Clock, Timestamp};

use crate::sqs::{Message, NewMessage, QueueSettings, Sqs};
use crate::state::State;

const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const QUEUE: &str = "jobs";

/// One queue in memory, under a clock that stands still.
struct World {
    clock: Clock,
    sqs: Sqs,
    client: aws_sdk_sqs::Client,
}

impl World {
    fn new() -> Self {
        Self::with(QueueSettings::named(QUEUE))
    }

    fn with(settings: QueueSettings) -> Self {
        let clock = Clock::starting_at(START);
        let sqs = open(&State::Memory, &clock);
        sqs.create_queue(settings).unwrap();
        Self { client: client::of(&sqs), clock, sqs }
    }

    fn url(&self) -> String {
        self.sqs.queue_url(QUEUE)
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    fn send(&self, body: &str) -> String {
        self.sqs.send(QUEUE, NewMessage::with_body(body)).unwrap()
    }

    fn receive(&self, max: usize) -> Vec<Message> {
        self.sqs.receive(QUEUE, max).unwrap()
    }

    fn receive_one(&self) -> Message {
        let mut messages = self.receive(1);
        messages.pop().expect("a message is visible")
    }

    fn bodies(&self, max: usize) -> Vec<String> {
        self.receive(max).into_iter().map(|message| message.body).collect()
    }
}

fn open(state: &State, clock: &Clock) -> Sqs {
    Sqs::open(state, clock.clone(), "http://localhost:4000/".to_owned()).unwrap()
}
