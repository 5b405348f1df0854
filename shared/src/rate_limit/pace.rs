//! Tokens as time. One shard of a bucket is the moment at which it will be full again; a token is so many microseconds.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::rate_limit::Limit;

/// A busy bucket is spread over this many rows, because one partition of the table takes 1,000 writes a second.
pub const SHARDS_MAX: u32 = 4;

/// Each shard refills at least this fast, in tokens a second: a slower bucket is written too seldom to be spread.
const SHARD_PER_SECOND_MIN: u32 = 25;

/// Each shard holds at least this many tokens, because a request takes all of its tokens from one.
const SHARD_CAPACITY_MIN: u32 = 100;

/// A shard that has been full for less than this share of its burst, in percent, is written as if it were in use. So
/// environments need not know to the millisecond whether it is, at the price of as much overshoot.
const SLACK_PERCENT: i64 = 5;

/// Clocks of environments differ by no more than this. A shard that is full even later than that and its refill was written
/// by a clock that was wrong.
const CLOCKS_DIFFER_BY: Duration = Duration::from_secs(60);

/// A row is kept a little longer than it says anything.
const KEPT_FOR: Duration = Duration::from_secs(60);

const MICROS_PER_SECOND: i64 = 1_000_000;

/// Microseconds since the Unix epoch.
pub type Micros = i64;

/// How fast the shards of one bucket refill, and how much they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    limit: Limit,
    shards: u32,
}

impl Pace {
    /// As many shards as the limit is worth.
    pub fn of(limit: Limit) -> Self {
        let by_rate = limit.per_second() / SHARD_PER_SECOND_MIN;
        let by_capacity = limit.capacity() / SHARD_CAPACITY_MIN;
        Self { limit, shards: by_rate.min(by_capacity).clamp(1, SHARDS_MAX) }
    }

    pub const fn of_one_shard(limit: Limit) -> Self {
        Self { limit, shards: 1 }
    }

    pub const fn shards(self) -> usize {
        self.shards as usize
    }

    pub const fn limit(self) -> Limit {
        self.limit
    }

    /// How long an empty shard takes to be full: the same for each, and for the bucket as a whole.
    pub fn burst(self) -> Micros {
        let capacity = i64::from(self.limit.capacity()) * MICROS_PER_SECOND;
        div_ceil(capacity, i64::from(self.limit.per_second()))
    }

    /// How far a shard's `full_at` moves on when `tokens` are taken from it. Rounded down, so that tokens taken one by
    /// one cost no more than a full shard has.
    pub fn cost(self, tokens: u32) -> Micros {
        let of_all_shards = i64::from(tokens) * i64::from(self.shards) * MICROS_PER_SECOND;
        of_all_shards / i64::from(self.limit.per_second())
    }

    /// A shard whose `full_at` is not after this is idle, and may be written as if it had never been.
    pub fn idle_until(self, now: Timestamp) -> Micros {
        micros(now) - self.burst() * SLACK_PERCENT / 100
    }

    /// No shard is full later than that. One that says so counts as idle.
    pub fn latest(self, now: Timestamp) -> Micros {
        micros(now + CLOCKS_DIFFER_BY) + self.burst()
    }

    /// How many tokens a shard holds; one without a row is full.
    pub fn available(self, full_at: Option<Micros>, now: Timestamp) -> u32 {
        let in_use = full_at.filter(|full_at| *full_at > self.idle_until(now));
        let room = micros(now) + self.burst() - in_use.unwrap_or_else(|| micros(now));
        let tokens = room.max(0) * i64::from(self.limit.per_second());
        u32::try_from(tokens / (i64::from(self.shards) * MICROS_PER_SECOND)).unwrap_or(u32::MAX)
    }

    /// When a shard will hold `tokens`, if nobody takes any until then. In the past if it does already.
    pub fn available_at(self, full_at: Option<Micros>, tokens: u32) -> Timestamp {
        let at = full_at.map_or(0, |full_at| full_at + self.cost(tokens) - self.burst());
        Timestamp::from_millis(div_ceil(at, 1000))
    }

    /// How many tokens a full shard holds.
    pub fn shard_capacity(self) -> u32 {
        self.available(None, Timestamp::from_millis(0))
    }

    /// When a shard that is written now has nothing more to say, in seconds since the Unix epoch.
    pub fn expires_at(self, now: Timestamp) -> i64 {
        let full_again = Timestamp::from_millis(div_ceil(micros(now) + self.burst(), 1000));
        (full_again + KEPT_FOR).as_secs()
    }
}

pub const fn micros(at: Timestamp) -> Micros {
    at.as_millis() * 1000
}

/// Rounded up, for a positive divisor.
const fn div_ceil(number: i64, by: i64) -> i64 {
    number.div_euclid(by) + (number.rem_euclid(by) > 0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate_limit::{CAPACITY_MAX, PER_SECOND_MAX};

    const NOW: Timestamp = Timestamp::from_millis(4_102_444_800_000);

    fn pace(capacity: u32, per_second: u32) -> Pace {
        Pace::of(Limit::new(capacity, per_second).unwrap())
    }

    #[test]
    fn only_a_bucket_that_is_worth_it_is_spread() {
        assert_eq!(Pace::of(Limit::OF_TENANT).shards(), 4);
        assert_eq!(pace(1000, 99).shards(), 3);
        assert_eq!(pace(300, 1000).shards(), 3);
        assert_eq!(pace(10, 100).shards(), 1);
        assert_eq!(pace(CAPACITY_MAX, 1).shards(), 1);
        assert_eq!(pace(CAPACITY_MAX, PER_SECOND_MAX).shards(), SHARDS_MAX as usize);
    }

    #[test]
    fn shards_hold_the_capacity_between_them() {
        assert_eq!(Pace::of(Limit::OF_TENANT).shard_capacity(), 250);
        for (capacity, per_second) in [(1, 1), (1, 3), (1000, 3), (7, PER_SECOND_MAX), (CAPACITY_MAX, 7)] {
            let pace = pace(capacity, per_second);
            assert_eq!(pace.shard_capacity(), capacity / pace.shards, "{capacity} {per_second}");
        }
    }

    #[test]
    fn what_is_available_can_be_taken_and_one_more_cannot() {
        let pace = Pace::of(Limit::OF_TENANT);
        let full_at = micros(NOW) + pace.cost(240);
        assert_eq!(pace.available(Some(full_at), NOW), 10);
        assert!(full_at + pace.cost(10) <= micros(NOW) + pace.burst());
        assert!(full_at + pace.cost(11) > micros(NOW) + pace.burst());
        assert_eq!(pace.available(Some(full_at), NOW + Duration::from_millis(40)), 11);
        assert_eq!(pace.available_at(Some(full_at), 11), NOW + Duration::from_millis(40));
        assert!(pace.available_at(Some(full_at), 10) <= NOW);
    }

    #[test]
    fn an_idle_shard_is_full_and_no_more_than_full() {
        let pace = Pace::of(Limit::OF_TENANT);
        assert_eq!(pace.available(None, NOW), 250);
        assert_eq!(pace.available(Some(micros(NOW) - 3_600_000_000), NOW), 250);
        let most = (0..2000).map(|ago| pace.available(Some(micros(NOW) - ago * 1000), NOW)).max();
        assert_eq!(most, Some(262), "at most the slack of 5 % above it");
    }

    #[test]
    fn a_row_outlives_the_refill_of_its_shard() {
        let pace = Pace::of(Limit::OF_TENANT);
        assert_eq!(pace.expires_at(NOW), NOW.as_secs() + 10 + 60);
    }
}
