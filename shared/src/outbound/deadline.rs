//! The one deadline of a call, over its look-up, connection, head and body.

use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::error::{Error, Phase};
use crate::clock::{Clock, Timer};

#[derive(Debug)]
pub struct Deadline {
    clock: Clock,
    timer: Timer,
}

impl Deadline {
    pub fn new(clock: &Clock, limit: Duration) -> Self {
        Self { clock: clock.clone(), timer: clock.timer(limit) }
    }

    /// Runs the future unless the deadline passes first, which is then said to have happened in `phase`.
    pub async fn bound<T>(&mut self, phase: Phase, future: impl Future<Output = T>) -> Result<T, Error> {
        let mut future = pin!(future);
        std::future::poll_fn(|context| match self.poll_passed(phase, context) {
            Poll::Ready(error) => Poll::Ready(Err(error)),
            Poll::Pending => future.as_mut().poll(context).map(Ok),
        })
        .await
    }

    /// As [`Deadline::bound`]; `None` if `limit` passes before the deadline does.
    pub async fn bound_within<T>(
        &mut self,
        limit: Duration,
        phase: Phase,
        future: impl Future<Output = T>,
    ) -> Result<Option<T>, Error> {
        let clock = self.clock.clone();
        self.bound(phase, clock.within(limit, future)).await
    }

    /// Ready with the error once the deadline has passed, even if whatever it bounds would never wait.
    pub fn poll_passed(&mut self, phase: Phase, context: &mut Context<'_>) -> Poll<Error> {
        if self.timer.has_passed(context) { Poll::Ready(Error::TimedOut(phase)) } else { Poll::Pending }
    }
}
