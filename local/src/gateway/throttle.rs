//! The stage's throttle: a bucket of tokens for all clients together.

use std::sync::{Mutex, PoisonError};

use shared::clock::Timestamp;

use crate::template::Throttle;

/// Tokens are counted in thousandths, so that a millisecond is worth as many as the rate per second.
const THOUSANDTHS: u64 = 1000;

pub struct Bucket {
    throttle: Throttle,
    state: Mutex<State>,
}

struct State {
    thousandths: u64,
    filled_at: Timestamp,
}

impl Bucket {
    pub fn full(throttle: Throttle, now: Timestamp) -> Self {
        let thousandths = u64::from(throttle.burst) * THOUSANDTHS;
        Self { throttle, state: Mutex::new(State { thousandths, filled_at: now }) }
    }

    /// Takes the token of one request; false if there is none.
    pub fn take(&self, now: Timestamp) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed_ms = u64::try_from(now.since(state.filled_at).as_millis()).unwrap_or(u64::MAX);
        let gained = elapsed_ms.saturating_mul(u64::from(self.throttle.per_second));
        let most = u64::from(self.throttle.burst) * THOUSANDTHS;
        state.thousandths = state.thousandths.saturating_add(gained).min(most);
        state.filled_at = state.filled_at.max(now);
        let is_there = state.thousandths >= THOUSANDTHS;
        if is_there {
            state.thousandths -= THOUSANDTHS;
        }
        is_there
    }
}
