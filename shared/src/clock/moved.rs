//! A clock that stands still until a test moves it, or until nothing else goes on.
//!
//! A wait is over once the clock shows its end. Once nothing else in the process can go on, the earliest wait moves the
//! clock to its own end, so that waits that begin at once take the time of one, and waits that follow each other add up.
//!
//! That nothing else can go on is what the runtime's own paused time says (`tokio::time::pause`): its timers fire only
//! when every task waits and no blocking work runs. Then no real time passes, and the order is the same in every run. On a
//! runtime whose time isn't paused, each step takes a millisecond.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Timestamp;

/// The shortest pause of the runtime.
const UNTIL_ALL_WAIT: Duration = Duration::from_millis(1);

#[derive(Debug)]
pub(super) struct MovedClock(Mutex<State>);

#[derive(Debug)]
struct State {
    now: Timestamp,
    waits: u64,
    /// When each wait ends, and its number.
    waiting: BTreeSet<(Timestamp, u64)>,
}

impl MovedClock {
    pub fn starting_at(now: Timestamp) -> Self {
        Self(Mutex::new(State { now, waits: 0, waiting: BTreeSet::new() }))
    }

    pub fn now(&self) -> Timestamp {
        self.state().now
    }

    pub fn advance(&self, by: Duration) {
        let mut state = self.state();
        state.now = state.now + by;
    }

    pub async fn wait(&self, duration: Duration) {
        let wait = Wait::begin(self, duration);
        loop {
            let seen = self.now();
            if seen >= wait.end.0 {
                return;
            }
            tokio::time::sleep(UNTIL_ALL_WAIT).await;
            // If it was moved meanwhile, others go on first.
            let mut state = self.state();
            if state.now == seen && state.waiting.first() == Some(&wait.end) {
                state.now = wait.end.0;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who waits, until it is dropped.
struct Wait<'a> {
    clock: &'a MovedClock,
    end: (Timestamp, u64),
}

impl<'a> Wait<'a> {
    fn begin(clock: &'a MovedClock, duration: Duration) -> Self {
        let mut state = clock.state();
        state.waits += 1;
        let end = (state.now + duration, state.waits);
        state.waiting.insert(end);
        Self { clock, end }
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.clock.state().waiting.remove(&self.end);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    const START: Timestamp = Timestamp::from_millis(4_102_444_800_000);
    const SHORT: Duration = Duration::from_millis(6);
    const LONG: Duration = Duration::from_millis(40);

    #[tokio::test(start_paused = true)]
    async fn waits_that_follow_each_other_add_up() {
        let clock = MovedClock::starting_at(START);
        clock.wait(SHORT).await;
        clock.wait(LONG).await;
        clock.wait(Duration::ZERO).await;
        assert_eq!(clock.now(), START + SHORT + LONG);
    }

    #[tokio::test(start_paused = true)]
    async fn waits_that_begin_at_once_take_the_time_of_the_longest() {
        let clock = MovedClock::starting_at(START);
        let short = async {
            for _ in 0..3 {
                clock.wait(SHORT).await;
            }
            clock.now()
        };
        let (ended, ()) = tokio::join!(short, clock.wait(LONG));
        assert_eq!((ended, clock.now()), (START + 3 * SHORT, START + LONG));
        join_all((0..100).map(|_| clock.wait(SHORT))).await;
        assert_eq!(clock.now(), START + LONG + SHORT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_is_over_when_a_test_moves_the_clock_past_its_end() {
        let clock = MovedClock::starting_at(START);
        let moved = async { clock.advance(2 * LONG) };
        tokio::join!(clock.wait(SHORT), moved);
        assert_eq!(clock.now(), START + 2 * LONG);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_is_given_up_moves_no_clock() {
        let clock = MovedClock::starting_at(START);
        let given_up = clock.wait(SHORT);
        let given_up = tokio::time::timeout(Duration::ZERO, given_up).await;
        assert!(given_up.is_err());
        clock.wait(LONG).await;
        assert_eq!(clock.now(), START + LONG);
    }

    #[tokio::test(start_paused = true)]
    async fn work_beside_the_event_loop_holds_the_clock() {
        let clock = std::sync::Arc::new(MovedClock::starting_at(START));
        let of_work = std::sync::Arc::clone(&clock);
        let work = tokio::task::spawn_blocking(move || {
            std::thread::sleep(Duration::from_millis(50));
            of_work.now()
        });
        let (seen, ()) = tokio::join!(work, clock.wait(SHORT));
        assert_eq!((seen.unwrap(), clock.now()), (START, START + SHORT));
    }
}
