//! The time that AWS takes to serve a call, on the clock that a test moves: calls that are made at once take the time of one,
//! and calls that are made one after the other add up, as [`shared::clock`] says.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use shared::clock::Clock;

use crate::service::Service;

const DYNAMODB: Duration = Duration::from_millis(6);
const SQS: Duration = Duration::from_millis(10);
const SSM: Duration = Duration::from_millis(20);
const S3: Duration = Duration::from_millis(40);

/// 80 MB/s, which is what a function gets from S3.
const S3_BYTES_PER_MS: usize = 80_000;

/// How long each call takes: no time, or as long as on AWS. Clones are the same.
#[derive(Clone, Default)]
pub struct Latency(Option<Arc<Shared>>);

struct Shared {
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    factor: u32,
    in_sum: Duration,
}

impl Latency {
    pub fn none() -> Self {
        Self(None)
    }

    /// As on AWS, on a clock that a test moves.
    pub fn of_aws(clock: Clock) -> Self {
        let state = Mutex::new(State { factor: 1, in_sum: Duration::ZERO });
        Self(Some(Arc::new(Shared { clock, state })))
    }

    /// From now on each call takes so many times as long as on AWS; with 0, no time.
    pub fn multiply(&self, factor: u32) {
        if let Some(shared) = &self.0 {
            shared.state().factor = factor;
        }
    }

    /// How long all calls so far would have taken one after the other.
    pub fn in_sum(&self) -> Duration {
        self.0.as_ref().map(|shared| shared.state().in_sum).unwrap_or_default()
    }

    /// Waits for as long as the service takes for a call with this many bytes, there and back.
    pub(crate) async fn of_call(&self, service: Service, bytes: usize) {
        let alone = match service {
            Service::DynamoDb => DYNAMODB,
            Service::Sqs => SQS,
            Service::Ssm => SSM,
            Service::S3 => S3,
        };
        let Some(shared) = &self.0 else { return };
        let duration = shared.added(alone + transfer(service, bytes));
        if !duration.is_zero() {
            shared.clock.pause(duration).await;
        }
    }
}

impl Shared {
    /// How long a wait is to be, once it is added to the sum.
    fn added(&self, duration: Duration) -> Duration {
        let mut state = self.state();
        let duration = duration * state.factor;
        state.in_sum += duration;
        duration
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The time that bytes take on their way, in whole milliseconds.
fn transfer(service: Service, bytes: usize) -> Duration {
    match service {
        Service::S3 => Duration::from_millis((bytes / S3_BYTES_PER_MS) as u64),
        Service::DynamoDb | Service::Sqs | Service::Ssm => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use shared::clock::Timestamp;

    use super::*;

    const START: Timestamp = Timestamp::from_millis(4_102_444_800_000);

    fn clock_and_latency() -> (Clock, Latency) {
        let clock = Clock::starting_at(START);
        (clock.clone(), Latency::of_aws(clock))
    }

    #[tokio::test(start_paused = true)]
    async fn each_service_takes_its_time() {
        let (clock, latency) = clock_and_latency();
        latency.of_call(Service::DynamoDb, 1000).await;
        latency.of_call(Service::Sqs, 1000).await;
        latency.of_call(Service::Ssm, 1000).await;
        assert_eq!(clock.now(), START + DYNAMODB + SQS + SSM);
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_bytes_of_s3_take_time() {
        let (clock, latency) = clock_and_latency();
        latency.of_call(Service::S3, 8_000_000).await;
        assert_eq!(clock.now(), START + S3 + Duration::from_millis(100));
        latency.of_call(Service::DynamoDb, 80_000_000).await;
        assert_eq!(clock.now(), START + S3 + Duration::from_millis(100) + DYNAMODB);
    }

    #[tokio::test(start_paused = true)]
    async fn calls_take_as_many_times_as_long_as_a_test_says() {
        let (clock, latency) = clock_and_latency();
        latency.multiply(10);
        join_all((0..3).map(|_| latency.of_call(Service::DynamoDb, 0))).await;
        latency.multiply(0);
        latency.of_call(Service::S3, 0).await;
        assert_eq!((clock.now(), latency.in_sum()), (START + 10 * DYNAMODB, 30 * DYNAMODB));
    }
}
