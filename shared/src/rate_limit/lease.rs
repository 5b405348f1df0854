//! Tokens that an environment has taken ahead, and how many it takes: about what it uses in a second.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::rate_limit::pace::Pace;

/// Unused tokens of a lease lapse after this time.
pub const LEASE_LIFE: Duration = Duration::from_secs(2);

/// A lease that is used up sooner was too small. One that lasts longer was not: between the two, steady traffic
/// wastes no token, and traffic of one request a second takes one token at a time.
const USED_UP_EARLY: Duration = Duration::from_millis(500);

/// A lease is at most this share of a shard, so that an environment leaves enough to others.
const SHARE_OF_SHARD: u32 = 8;

/// At most this share of the largest lease is borrowed.
const SHARE_OF_LEASE: u32 = 4;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lease {
    /// Below zero is what was borrowed: the next lease pays it back.
    tokens: i64,
    /// None before the first lease.
    taken_at: Option<Timestamp>,
    /// How many tokens were taken, or would have been if they had been there.
    size: u32,
}

impl Lease {
    /// Tokens that have not lapsed, or less than zero: debts do not lapse.
    pub fn tokens(&self, now: Timestamp) -> i64 {
        let lives = self.taken_at.is_some_and(|taken_at| now < taken_at + LEASE_LIFE);
        if lives { self.tokens } else { self.tokens.min(0) }
    }

    /// Takes `tokens` out of the lease; `false`, and none are taken, when there are fewer.
    pub fn spend(&mut self, tokens: u32, now: Timestamp) -> bool {
        let is_enough = self.tokens(now) >= i64::from(tokens);
        if is_enough {
            self.tokens -= i64::from(tokens);
        }
        is_enough
    }

    /// Spends `tokens` that are yet to be taken; `false`, and none are, when that would be more than a part of a lease.
    pub fn borrow(&mut self, tokens: u32, pace: Pace, now: Timestamp) -> bool {
        let left = self.tokens(now) - i64::from(tokens);
        let may_borrow = left >= -i64::from(size_max(pace) / SHARE_OF_LEASE);
        if may_borrow {
            self.tokens = left;
        }
        may_borrow
    }

    /// Owes nothing any more.
    pub fn forgive(&mut self) {
        self.tokens = self.tokens.max(0);
    }

    /// How large the next lease should be for a request that costs `tokens`: twice the size if the last was used up
    /// early, half of it for each life in which some of it lapsed or nobody asked.
    pub fn next_size(&self, tokens: u32, pace: Pace, now: Timestamp) -> u32 {
        let age = self.taken_at.map_or(Duration::MAX, |taken_at| now.since(taken_at));
        let size = if age < USED_UP_EARLY {
            self.size.max(tokens).saturating_mul(2)
        } else {
            let lives_over = age.as_millis() / LEASE_LIFE.as_millis();
            let lives_idle = if self.tokens <= 0 { lives_over.saturating_sub(1) } else { lives_over };
            self.size.checked_shr(u32::try_from(lives_idle).unwrap_or(u32::MAX)).unwrap_or(0)
        };
        size.clamp(1, size_max(pace))
    }

    /// Adds `tokens` to what is left. They live from now on, and so does the rest.
    pub fn renew(&mut self, tokens: u32, size: u32, now: Timestamp) {
        self.tokens = self.tokens(now) + i64::from(tokens);
        self.taken_at = Some(now);
        self.size = size;
    }
}

fn size_max(pace: Pace) -> u32 {
    (pace.shard_capacity() / SHARE_OF_SHARD).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate_limit::Limit;

    const START: Timestamp = Timestamp::from_millis(4_102_444_800_000);

    /// Sends requests of `cost` tokens at these times to a bucket that is never empty; returns the leases taken.
    fn leases(cost: u32, at_millis: impl IntoIterator<Item = u64>) -> Vec<u32> {
        let pace = Pace::of(Limit::OF_TENANT);
        let mut lease = Lease::default();
        let mut taken = Vec::new();
        for millis in at_millis {
            let now = START + Duration::from_millis(millis);
            if !lease.spend(cost, now) {
                let size = lease.next_size(cost, pace, now);
                let tokens = size.max(cost) - u32::try_from(lease.tokens(now)).unwrap();
                lease.renew(tokens, size, now);
                taken.push(tokens);
                assert!(lease.spend(cost, now));
            }
        }
        taken
    }

    #[test]
    fn at_one_request_a_second_each_takes_its_own_token() {
        assert_eq!(leases(1, (0..100).map(|second| second * 1000)), [1; 100]);
        assert_eq!(leases(7, (0..100).map(|second| second * 1000)), [7; 100]);
    }

    #[test]
    fn leases_grow_with_traffic_and_steady_traffic_wastes_none() {
        let taken = leases(1, (0..1000).map(|request| request * 20));
        assert_eq!(taken[..6], [1, 2, 4, 8, 16, 31]);
        assert!(taken[5..].iter().all(|tokens| *tokens == 31), "an eighth of a shard at most: {taken:?}");
        assert!((1000..1031).contains(&taken.iter().sum::<u32>()), "{taken:?}");
    }

    #[test]
    fn leases_shrink_when_they_lapse() {
        let busy = (0..100).map(|request| request * 20);
        let quiet = (2..12).map(|turn| turn * 3000);
        let taken = leases(1, busy.chain(quiet));
        assert_eq!(taken[taken.len() - 10..], [7, 3, 1, 1, 1, 1, 1, 1, 1, 1]);
    }

    #[test]
    fn a_long_silence_is_forgotten_at_once() {
        let taken = leases(1, (0..100).map(|request| request * 20).chain([3_600_000]));
        assert_eq!(taken.last(), Some(&1));
    }

    #[test]
    fn unused_tokens_lapse() {
        let mut lease = Lease::default();
        lease.renew(5, 5, START);
        assert!(lease.spend(2, START + LEASE_LIFE - Duration::from_millis(1)));
        assert!(!lease.spend(1, START + LEASE_LIFE));
    }

    #[test]
    fn what_is_borrowed_is_paid_back_and_is_little() {
        let pace = Pace::of(Limit::OF_TENANT);
        let mut lease = Lease::default();
        assert!(lease.borrow(3, pace, START) && lease.borrow(4, pace, START));
        assert!(!lease.borrow(1, pace, START), "a quarter of 31 at most");
        assert_eq!(lease.tokens(START + Duration::from_secs(3600)), -7, "debts do not lapse");
        lease.renew(8, 1, START);
        assert!(lease.spend(1, START) && !lease.spend(1, START));
    }

    #[test]
    fn one_costly_request_makes_the_next_leases_no_larger() {
        let taken = leases(1, [0]);
        assert_eq!(taken, [1]);
        let pace = Pace::of(Limit::OF_TENANT);
        let mut lease = Lease::default();
        let size = lease.next_size(50, pace, START);
        lease.renew(50, size, START);
        assert!(lease.spend(50, START));
        assert_eq!(lease.next_size(1, pace, START + Duration::from_secs(1)), 1);
    }
}
