//! One environment's tokens of one bucket, and its estimate of the rest: says what to do next, and does nothing.
//!
//! A request is served from the lease if that has enough. If not, the shard that is believed to hold the most is asked
//! for a new lease. A shard that refuses tells what it holds, so that it is asked at most once more; and if it has
//! plenty, it is not asked again for a few tokens: they are borrowed, and the next lease takes them, too. When no shard
//! may be asked, the request is refused, and so is every other one until a shard may be asked again: without a call.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::rate_limit::lease::Lease;
use crate::rate_limit::pace::{Micros, Pace, SHARDS_MAX, micros};
use crate::rate_limit::shard::Shard;
use crate::rate_limit::{Bucket, Limit, Taken};

/// A clock that is set back by no more than this changes nothing that matters.
const CLOCK_STEPS_BACK_MAX: Duration = Duration::from_secs(60);

/// When the table does not answer, the environment admits by itself for this long before it asks again.
pub const PASS_FOR: Duration = Duration::from_secs(1);

/// Tells no more than that a wait is over in the next millisecond.
const RETRY_AFTER_MIN: Duration = Duration::from_millis(1);

#[derive(Clone, Debug)]
pub struct Holding {
    pace: Pace,
    lease: Lease,
    shards: [Shard; SHARDS_MAX as usize],
    /// Which shard is asked first among equals.
    first: usize,
    /// The shard that has refused just now, though it has plenty.
    plenty_in: Option<usize>,
    /// The table does not answer until then, and the environment admits by itself.
    passes_until: Option<Timestamp>,
    /// When what it admits by itself will be full again.
    own_full_at: Micros,
    used_at: Timestamp,
}

/// The decision on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Answer(Taken),
    Ask(Ask),
}

/// A conditional write of one shard: takes `tokens` from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    pub shard: usize,
    pub tokens: u32,
    /// The tokens that the request cannot do without.
    needed: u32,
    /// The tokens that would be taken, were they there.
    wished: u32,
    lease_size: u32,
    /// Which of two conditions is tried: that the shard is in use, or that it is idle.
    pub is_in_use: bool,
    /// Holds for a shard in use: its `full_at` is after the first, and not after the second.
    pub in_use_within: (Micros, Micros),
    /// Added to the `full_at` of a shard in use.
    pub cost: Micros,
    /// A shard whose `full_at` is after this was written by a wrong clock, and counts as idle.
    pub latest: Micros,
    /// The `full_at` of an idle shard, once the tokens are taken.
    pub idle_then: Micros,
    /// In seconds since the Unix epoch.
    pub expires_at: i64,
}

impl Holding {
    /// Nothing held and nothing known. `random` spreads environments over the shards.
    pub fn new(bucket: &Bucket, random: u64) -> Self {
        let pace = bucket.pace();
        let first = usize::try_from(random % pace.shards() as u64).unwrap_or(0);
        let (lease, shards) = (Lease::default(), Default::default());
        let used_at = Timestamp::from_millis(0);
        Self { pace, lease, shards, first, plenty_in: None, passes_until: None, own_full_at: 0, used_at }
    }

    pub const fn limit(&self) -> Limit {
        self.pace.limit()
    }

    /// Whether the clock was set back since: all that is remembered would then hold for too long.
    pub fn is_of_the_future(&self, now: Timestamp) -> bool {
        now + CLOCK_STEPS_BACK_MAX < self.used_at
    }

    /// Decides what follows for a request that costs `tokens`: at most as much as a full shard holds.
    pub fn next(&mut self, tokens: u32, now: Timestamp) -> Next {
        let cost = tokens.min(self.pace.shard_capacity());
        self.used_at = now;
        if self.lease.spend(cost, now) {
            return Next::Answer(Taken::Allowed { remaining: Some(self.remaining(now)) });
        }
        if self.passes(now) {
            return Next::Answer(self.admit_alone(cost, now));
        }
        if let Some(shard) = self.plenty_in.take()
            && self.lease.borrow(cost, self.pace, now)
        {
            self.shards[shard].spared();
            return Next::Answer(Taken::Allowed { remaining: Some(self.remaining(now)) });
        }
        if self.needed(cost, now) > self.pace.shard_capacity() {
            self.lease.forgive();
        }
        let needed = self.needed(cost, now);
        match self.fullest(needed, now) {
            Some(shard) => Next::Ask(self.ask(shard, cost, now)),
            None => Next::Answer(Taken::Refused {
                remaining: self.remaining(now),
                retry_after: self.retry_after(needed, now),
            }),
        }
    }

    /// The shard gave what was asked for, and its `full_at` is now this.
    pub fn granted(&mut self, ask: &Ask, full_at: Micros, now: Timestamp) {
        self.lease.renew(ask.tokens, ask.lease_size, now);
        self.shards[ask.shard].gave(full_at, ask.wished - ask.tokens, self.pace, now);
        self.first = (ask.shard + 1) % self.pace.shards();
    }

    /// The shard did not give what was asked for: its `full_at` is this, if it has a row.
    pub fn refused(&mut self, ask: &Ask, full_at: Option<Micros>, random: u64, now: Timestamp) {
        let shard = &mut self.shards[ask.shard];
        let is_worth_a_try = shard.refused(full_at, (ask.needed, ask.wished), random, self.pace, now);
        let has_plenty = shard.available(self.pace, now) >= self.pace.shard_capacity() / 2;
        self.plenty_in = (is_worth_a_try && has_plenty).then_some(ask.shard);
    }

    /// The table did not answer a request that costs `tokens`.
    pub fn unanswered(&mut self, tokens: u32, now: Timestamp) -> Taken {
        self.passes_until = Some(now + PASS_FOR);
        self.admit_alone(tokens.min(self.pace.shard_capacity()), now)
    }

    /// Admits as much as one shard would, whatever other environments do: a slow table is when a limit matters most.
    fn admit_alone(&mut self, cost: u32, now: Timestamp) -> Taken {
        let full_at = self.own_full_at.max(micros(now)) + self.pace.cost(cost);
        let room = micros(now) + self.pace.burst() - full_at;
        if room >= 0 {
            self.own_full_at = full_at;
            return Taken::Allowed { remaining: None };
        }
        let wait = Duration::from_micros(room.unsigned_abs()).max(RETRY_AFTER_MIN);
        Taken::Refused { remaining: 0, retry_after: wait }
    }

    /// When it is known without a call that every request is refused: how long that goes on.
    pub fn known_empty(&self, now: Timestamp) -> Option<Duration> {
        let needed = self.needed(1, now);
        let is_empty = needed > 0 && !self.passes(now) && self.fullest(needed, now).is_none();
        is_empty.then(|| self.retry_after(needed, now))
    }

    /// How many tokens must be taken to have `tokens`.
    fn needed(&self, tokens: u32, now: Timestamp) -> u32 {
        u32::try_from(i64::from(tokens) - self.lease.tokens(now)).unwrap_or(0)
    }

    fn passes(&self, now: Timestamp) -> bool {
        self.passes_until.is_some_and(|until| now < until)
    }

    fn shards(&self) -> &[Shard] {
        &self.shards[..self.pace.shards()]
    }

    /// The shard that is believed to hold the most, of those that may be asked for `needed` tokens.
    fn fullest(&self, needed: u32, now: Timestamp) -> Option<usize> {
        let count = self.pace.shards();
        // The last of equals wins, so the first comes last.
        let order = (1..=count).rev().map(|turn| (self.first + turn + count - 1) % count);
        order
            .filter(|index| self.shards[*index].may_be_asked(needed, self.pace, now))
            .max_by_key(|index| self.shards[*index].available(self.pace, now))
    }

    fn ask(&self, shard: usize, cost: u32, now: Timestamp) -> Ask {
        let lease_size = self.lease.next_size(cost, self.pace, now);
        let wished = self.needed(lease_size.max(cost), now);
        let tokens = wished.min(self.shards[shard].available(self.pace, now));
        let cost_of_tokens = self.pace.cost(tokens);
        Ask {
            shard,
            tokens,
            needed: self.needed(cost, now),
            wished,
            lease_size,
            is_in_use: self.shards[shard].is_in_use(self.pace, now),
            in_use_within: (self.pace.idle_until(now), micros(now) + self.pace.burst() - cost_of_tokens),
            cost: cost_of_tokens,
            latest: self.pace.latest(now),
            idle_then: micros(now) + cost_of_tokens,
            expires_at: self.pace.expires_at(now),
        }
    }

    /// Returns the tokens held, and those of the shards. An unseen one is taken to be full, or like the others if
    /// somebody else takes from those.
    fn remaining(&self, now: Timestamp) -> u32 {
        let (mut seen, mut in_seen, mut is_shared) = (0, 0, false);
        for shard in self.shards().iter().filter(|shard| shard.is_seen) {
            seen += 1;
            in_seen += shard.available(self.pace, now);
            is_shared |= shard.others_take;
        }
        let unseen = u32::try_from(self.pace.shards()).unwrap_or(1) - seen;
        let mean = in_seen.checked_div(seen).filter(|_| is_shared);
        let in_unseen = unseen * mean.unwrap_or_else(|| self.pace.shard_capacity());
        let left = i64::from(in_seen + in_unseen) + self.lease.tokens(now);
        u32::try_from(left.max(0)).unwrap_or(u32::MAX).min(self.limit().capacity())
    }

    fn retry_after(&self, needed: u32, now: Timestamp) -> Duration {
        let times = self.shards().iter().map(|shard| shard.may_be_asked_at(needed, self.pace));
        times.min().map_or(RETRY_AFTER_MIN, |at| at.since(now)).max(RETRY_AFTER_MIN)
    }
}

#[cfg(test)]
mod tests;
